//! The history as lanes: one column for each line of revisions that is open at that height.

use std::collections::BTreeMap;
use terrane::core::graph::RevisionId;

/// One revision to draw: what it continues, its mark, and its lines of text.
pub(crate) struct Row<'r> {
    pub(crate) id: &'r RevisionId,
    pub(crate) parents: Vec<&'r RevisionId>,
    pub(crate) mark: &'static str,
    pub(crate) text: String,
}

/// Draws rows, newest first. A parent that is not among them ends its lane.
pub(crate) fn draw(rows: &[Row<'_>]) -> String {
    let mut lanes: Vec<Option<&RevisionId>> = Vec::new();
    let mut out = String::new();
    let height: BTreeMap<&RevisionId, usize> = rows.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
    for (at, row) in rows.iter().enumerate() {
        let shown = |id: &RevisionId| height.get(id).is_some_and(|below| *below > at);
        let lane = take_lane(&mut lanes, row.id);
        let joined: Vec<usize> = (lane + 1..lanes.len())
            .filter(|other| lanes[*other] == Some(row.id))
            .collect();
        if !joined.is_empty() {
            out.push_str(&joint(&lanes, lane, &joined, '╯'));
            joined.iter().for_each(|other| lanes[*other] = None);
            while lanes.last() == Some(&None) {
                lanes.pop();
            }
        }
        let parents: Vec<&RevisionId> = row.parents.iter().copied().filter(|parent| shown(parent)).collect();
        out.push_str(&marks(&lanes, lane, row.mark));
        lanes[lane] = parents.first().copied();
        let mut opened = Vec::new();
        for parent in parents.iter().skip(1) {
            let free = (lane + 1..lanes.len())
                .find(|other| lanes[*other].is_none())
                .unwrap_or(lanes.len());
            if free == lanes.len() {
                lanes.push(None);
            }
            lanes[free] = Some(parent);
            opened.push(free);
        }
        while lanes.last() == Some(&None) {
            lanes.pop();
        }
        push_text(&mut out, &row.text, &lanes);
        if !opened.is_empty() {
            out.push_str(&joint(&lanes, lane, &opened, '╮'));
        }
    }
    out
}

fn take_lane<'r>(lanes: &mut Vec<Option<&'r RevisionId>>, id: &'r RevisionId) -> usize {
    let found = lanes.iter().position(|lane| *lane == Some(id));
    let lane = found
        .or_else(|| lanes.iter().position(Option::is_none))
        .unwrap_or(lanes.len());
    if lane == lanes.len() {
        lanes.push(None);
    }
    lanes[lane] = Some(id);
    lane
}

fn marks(lanes: &[Option<&RevisionId>], own: usize, mark: &str) -> String {
    let each = lanes.iter().enumerate().map(|(at, lane)| match lane {
        _ if at == own => mark,
        Some(_) => "│",
        None => " ",
    });
    each.collect::<Vec<_>>().join(" ")
}

/// `├─╮` or `├─┴─╯`: lanes that leave or reach the revision's own.
fn joint(lanes: &[Option<&RevisionId>], own: usize, others: &[usize], corner: char) -> String {
    let last = others.last().copied().unwrap_or(own);
    let middle = if corner == '╯' { '┴' } else { '┬' };
    let mut line = String::new();
    for (at, lane) in lanes.iter().enumerate() {
        line.push(match lane {
            _ if at == own => '├',
            _ if at == last => corner,
            _ if others.contains(&at) => middle,
            Some(_) if at > own && at < last => '┼',
            None if at > own && at < last => '─',
            Some(_) => '│',
            None => ' ',
        });
        line.push(if at >= own && at < last { '─' } else { ' ' });
    }
    format!("{}\n", line.trim_end())
}

/// The first line stands beside the mark; the others beside the lanes below it.
fn push_text(out: &mut String, text: &str, lanes: &[Option<&RevisionId>]) {
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            let below = lanes.iter().map(|lane| if lane.is_some() { "│" } else { " " });
            out.push_str(&below.collect::<Vec<_>>().join(" "));
        }
        out.push_str("  ");
        out.push_str(line);
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws `d: b c, c: a, b: a, a:`, newest first.
    fn drawn(notation: &str) -> String {
        let rows: Vec<(RevisionId, Vec<RevisionId>)> = notation
            .split(',')
            .map(|row| {
                let (id, parents) = row.trim().split_once(':').unwrap();
                let parse = |id: &str| RevisionId::parse(id).unwrap();
                (parse(id), parents.split_whitespace().map(parse).collect())
            })
            .collect();
        let rows: Vec<Row<'_>> = rows
            .iter()
            .map(|(id, parents)| Row {
                id,
                parents: parents.iter().collect(),
                mark: "○",
                text: id.to_string(),
            })
            .collect();
        draw(&rows)
    }

    #[test]
    fn a_merge_opens_a_lane_and_a_branch_point_closes_it() {
        assert_eq!(
            drawn("d: b c, c: a, b: a, a:"),
            "○  d\n├─╮\n│ ○  c\n○ │  b\n├─╯\n○  a\n"
        );
    }

    #[test]
    fn roots_of_several_layers_stand_side_by_side() {
        assert_eq!(drawn("p2: p1, r2: r1, p1:, r1:"), "○  p2\n│ ○  r2\n○ │  p1\n  ○  r1\n");
    }
}
