//! Database URLs.

/// The URL as it may be shown: without its password.
pub fn mask(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let Some(at) = rest[..authority_end].rfind('@') else {
        return url.to_owned();
    };
    match rest[..at].split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***{}", &rest[at..]),
        None => url.to_owned(),
    }
}

/// A text with every password in a URL covered, each byte by an asterisk, so that places in the text stay what they are.
pub(crate) fn cover(text: &str) -> String {
    let mut covered = text.to_owned();
    let mut from = 0;
    while let Some(at) = covered[from..].find("://").map(|at| from + at + 3) {
        let end = covered[at..]
            .find(['"', '\'', '\n', ' ', '/', '?'])
            .map_or(covered.len(), |length| at + length);
        if let Some(sign) = covered[at..end].rfind('@').map(|sign| at + sign)
            && let Some(colon) = covered[at..sign].find(':').map(|colon| at + colon)
        {
            covered.replace_range(colon + 1..sign, &"*".repeat(sign - colon - 1));
        }
        from = end;
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(mask("postgresql://me:s3:cr@t@host/db"), "postgresql://me:***@host/db");
        assert_eq!(mask("sqlite:app.db"), "sqlite:app.db");
        let text = "url = \"postgresql://me:s3cret@host/db\"\nname = 1";
        assert!(!cover(text).contains("s3cret"));
        assert_eq!(cover(text).len(), text.len());
    }
}
