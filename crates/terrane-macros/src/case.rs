//! How the words of a name are put together.

/// The ways that there are, as serde and sqlx call them.
pub(crate) const CASES: [&str; 7] = [
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "camelCase",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
];

/// The name of a variant in one of them.
pub(crate) fn in_case(name: &str, case: &str) -> String {
    match case {
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        "camelCase" => {
            let mut letters = name.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
        "snake_case" => snake_case(name),
        "SCREAMING_SNAKE_CASE" => snake_case(name).to_uppercase(),
        "kebab-case" => snake_case(name).replace('_', "-"),
        _ => name.to_owned(),
    }
}

/// `CustomerOrder` as `customer_order`, `HTTPLog` as `http_log`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let word_ends = before.is_some_and(|before| !before.is_uppercase() && before != '_');
        let word_begins =
            before.is_some_and(char::is_uppercase) && letters.get(at + 1).is_some_and(|c| c.is_lowercase());
        if letter.is_uppercase() && (word_ends || word_begins) {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_struct_s_name_becomes_a_table_s() {
        for (name, expected) in [
            ("Customer", "customer"),
            ("CustomerOrder", "customer_order"),
            ("HTTPLog", "http_log"),
            ("Oauth2Token", "oauth2_token"),
            ("poser_widget", "poser_widget"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }

    #[test]
    fn a_variant_s_name_in_every_case() {
        let all = CASES.map(|case| in_case("VerySad", case));
        assert_eq!(
            all,
            [
                "verysad", "VERYSAD", "VerySad", "verySad", "very_sad", "VERY_SAD", "very-sad"
            ]
        );
    }
}
