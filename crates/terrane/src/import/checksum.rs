//! Checksums as other tools keep them.

use sha2::{Digest, Sha384};
use siphasher::sip::SipHasher13;
use std::fmt::Write;
use std::hash::{Hash, Hasher};

/// SHA-384 of a file, in hexadecimal digits: sqlx.
pub(super) fn sha384(text: &str) -> String {
    let mut digits = String::new();
    for byte in Sha384::digest(text.as_bytes()) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// SipHash 1-3 of name, version and text: refinery. It is built with versions of 32 bits or of 64, and either counts.
pub(super) fn refinery(name: &str, version: i64, text: &str) -> Vec<String> {
    let hash = |version: &dyn Fn(&mut SipHasher13)| {
        let mut hasher = SipHasher13::new();
        name.hash(&mut hasher);
        version(&mut hasher);
        text.hash(&mut hasher);
        hasher.finish().to_string()
    };
    let wide = hash(&|hasher| version.hash(hasher));
    let narrow = i32::try_from(version).ok();
    let narrow = narrow.map(|version| hash(&|hasher| version.hash(hasher)));
    narrow.into_iter().chain([wide]).collect()
}

/// CRC-32 of the lines without their ends, as a signed number: Flyway.
pub(super) fn flyway(text: &str) -> String {
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut digest = crc.digest();
    // Java ends a line at a carriage return, too.
    for line in text.split(['\n', '\r']) {
        digest.update(line.as_bytes());
    }
    digest.finalize().cast_signed().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_tools() {
        // The vectors of the standards; of SipHash, what refinery wrote for a migration.
        assert!(sha384("abc").starts_with("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"));
        assert_eq!(flyway("1234\r\n56789\n"), 0xcbf4_3926_u32.cast_signed().to_string());
        assert_eq!(refinery("a", 1, "SELECT 1").len(), 2);
        assert_eq!(refinery("a", i64::MAX, "SELECT 1").len(), 1);
    }
}
