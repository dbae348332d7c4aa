//! Reads Rust just well enough to judge its shape. It knows tokens and braces, no grammar.

/// One token of masked code: a word, or one character of punctuation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// The byte at which it begins.
    pub(crate) at: usize,
}

/// A function with a body.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The line of its `fn`, from one.
    pub(crate) line: usize,
    /// From its `fn` to its closing brace.
    pub(crate) lines: usize,
}

/// The text with what stands in comments and literals replaced by spaces; lines and offsets stay.
pub(crate) fn mask(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut masked = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (hidden, next) = literal_or_comment(text, at);
        for byte in &mut masked[hidden] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = next;
    }
    String::from_utf8(masked).unwrap_or_default()
}

/// What is to be hidden from `at` on, and where reading goes on.
fn literal_or_comment(text: &str, at: usize) -> (std::ops::Range<usize>, usize) {
    let rest = &text.as_bytes()[at..];
    let end = match rest {
        [b'/', b'/', ..] => at + rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => at + block_comment(rest),
        [b'"', ..] => {
            let end = at + quoted(rest, b'"');
            return (at + 1..(end - 1).max(at + 1), end);
        }
        [b'\'', ..] => at + character(&text[at..]),
        [b'r', ..] if !joined(text, at) => at + raw_string(rest),
        _ => at,
    };
    if end == at { (at..at, at + 1) } else { (at..end, end) }
}

/// Whether the byte at `at` continues a word; the `r` of `br"…"` and `cr"…"` does not.
fn joined(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[..at];
    match before {
        [.., prior, b'b' | b'c'] => is_word(*prior),
        [b'b' | b'c'] | [] => false,
        [.., last] => is_word(*last),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
            }
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a literal that begins with `quote` and knows backslashes.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The length of a character literal; nothing for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => quoted(rest.as_bytes(), b'\''),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 0,
    }
}

/// The length of `r#"…"#`; nothing for a raw identifier, or for a word that begins with `r`.
fn raw_string(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|&&b| b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let body = 2 + hashes;
    let closing: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let length = rest[body..].windows(closing.len()).position(|window| window == closing);
    length.map_or(rest.len(), |length| body + length + closing.len())
}

/// The words and the punctuation of masked code.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let bytes = code.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        if is_word(bytes[start]) {
            while at < bytes.len() && is_word(bytes[at]) {
                at += 1;
            }
        }
        if !bytes[start].is_ascii_whitespace() {
            tokens.push(Token {
                text: &code[start..at],
                at: start,
            });
        }
    }
    tokens
}

/// The line of a byte, from one.
pub(crate) fn line_of(code: &str, at: usize) -> usize {
    1 + code.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count()
}

/// Masked code without the items that only a test build sees.
pub(crate) fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for range in test_items(code) {
        for byte in &mut bytes[range] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The text, as written, of the items that only a test build sees.
pub(crate) fn test_text(code: &str, text: &str) -> String {
    test_items(code).into_iter().map(|range| &text[range]).collect()
}

fn test_items(code: &str) -> Vec<std::ops::Range<usize>> {
    let tokens = tokens(code);
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for window in tokens.windows(7) {
        let words: Vec<&str> = window.iter().map(|token| token.text).collect();
        let start = window[0].at;
        if words == ["#", "[", "cfg", "(", "test", ")", "]"] && ranges.last().is_none_or(|range| range.end <= start) {
            ranges.push(start..item_end(&tokens, window[6].at + 1, code.len()));
        }
    }
    ranges
}

/// Where the item that begins at `from` ends: after its closing brace, or its semicolon.
fn item_end(tokens: &[Token<'_>], from: usize, length: usize) -> usize {
    let mut depth = 0usize;
    for token in tokens.iter().skip_while(|token| token.at < from) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return token.at + 1;
                }
            }
            ";" if depth == 0 => return token.at + 1,
            _ => {}
        }
    }
    length
}

/// The functions of masked code that have a body.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let tokens = tokens(code);
    let named = tokens
        .windows(2)
        .filter(|pair| pair[0].text == "fn" && is_word(pair[1].text.as_bytes()[0]));
    named
        .filter_map(|pair| {
            let end = item_end(&tokens, pair[0].at, code.len());
            let line = line_of(code, pair[0].at);
            code[..end].ends_with('}').then(|| Function {
                name: pair[1].text.to_owned(),
                line,
                lines: line_of(code, end - 1) + 1 - line,
            })
        })
        .collect()
}

/// How many lines of masked code say anything.
pub(crate) fn lines_of_code(code: &str) -> usize {
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked() {
        let masked = mask("let a = \"// no\"; // yes\n/* x /* y */ z */ b('\"', '\\'') r#\"c\"d\"# e");
        assert_eq!(
            masked.split_whitespace().collect::<Vec<_>>().join(" "),
            "let a = \" \"; b( , ) e"
        );
    }

    #[test]
    fn lifetimes_and_words_with_r_stay() {
        for text in [
            "fn f<'a>(x: &'a str) -> &'a str {}",
            "var\"\"",
            "r#type",
            "for x in y {}",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn offsets_stay() {
        let text = "a /* é */ b\n\"ü\\\"\" c";
        let masked = mask(text);
        assert_eq!(masked.len(), text.len());
        assert_eq!(masked.find('c'), text.find('c'));
    }

    #[test]
    fn what_does_not_end_is_read_to_the_end() {
        for text in ["\"", "a \"b\\", "'\\", "r#\"x", "/* /*"] {
            assert_eq!(mask(text).len(), text.len(), "{text}");
        }
    }

    #[test]
    fn test_items_are_told_apart() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { {} } }\nfn c() {}\n#[cfg(test)] use x::y;\n";
        let names = |code: &str| functions(code).into_iter().map(|f| f.name).collect::<Vec<_>>();
        assert_eq!(names(&without_tests(code)), ["a", "c"]);
        let tests = test_text(code, code);
        assert_eq!(names(&tests), ["b"]);
        assert!(tests.contains("use x::y;"), "{tests}");
    }

    #[test]
    fn functions_are_measured_from_fn_to_brace() {
        let code = "trait T {\n  fn declared(x: [u8; 3]) -> u8;\n  fn given(x: [u8; 3])\n  {\n    loop {}\n  }\n}\n";
        assert_eq!(
            functions(code),
            [Function {
                name: "given".to_owned(),
                line: 3,
                lines: 4
            }]
        );
    }
}
