//! The time zones that a telephone number may be in, from libphonenumber's prefix table.
//!
//! The table is `data/number-zones.txt`, made by `cargo xtask zones`; its licence is in
//! `data/NOTICE`.

use std::sync::LazyLock;

use crate::phone::PhoneNumber;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table::parse(include_str!("../data/number-zones.txt"))
        .expect("invariant: the embedded table is checked by a test")
});

/// The zones of a number, sorted and joined by `|`, for example
/// `Europe/Guernsey|Europe/Isle_of_Man|Europe/Jersey|Europe/London`.
///
/// A number may be called only while it is lawful in all of them. `None` when the prefix is not
/// in the table, as with numbers that belong to no country (+800).
pub fn zones_of_number(number: PhoneNumber) -> Option<&'static str> {
    TABLE.find(number.digits())
}

/// A trie over decimal digits.
struct Table {
    nodes: Vec<Node>,
    /// Zone keys; the empty one means that the zone is unknown.
    keys: Vec<String>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// Index of the node for each next digit; 0, the root, means that there is none.
    next: [u16; 10],
    /// 1 + index of the key; 0 means that no prefix ends here.
    key: u16,
}

impl Table {
    fn find(&self, digits: u64) -> Option<&str> {
        let mut scale = 10_u64.checked_pow(digits.checked_ilog10()?)?;
        let (mut node, mut best) = (0_usize, 0_u16);
        while scale > 0 {
            let digit = (digits / scale % 10) as usize;
            node = usize::from(self.nodes[node].next[digit]);
            if node == 0 {
                break;
            }
            if self.nodes[node].key != 0 {
                best = self.nodes[node].key;
            }
            scale /= 10;
        }
        let key = self.keys.get(usize::from(best.checked_sub(1)?))?;
        (!key.is_empty()).then_some(key.as_str())
    }

    /// The text form: `zone NAME` lines, then `INDEX,INDEX: PREFIX PREFIX` lines.
    fn parse(text: &str) -> Option<Self> {
        let mut zones = Vec::new();
        let mut table = Self { nodes: vec![Node::default()], keys: Vec::new() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("zone ") {
                zones.push(name);
                continue;
            }
            let (set, prefixes) = line.split_once(':')?;
            let mut names = Vec::new();
            for index in set.split(',').filter(|index| !index.is_empty()) {
                names.push(*zones.get(index.parse::<usize>().ok()?)?);
            }
            names.sort_unstable();
            table.keys.push(names.join("|"));
            let key = u16::try_from(table.keys.len()).ok()?;
            for prefix in prefixes.split_whitespace() {
                table.insert(prefix, key)?;
            }
        }
        Some(table)
    }

    fn insert(&mut self, prefix: &str, key: u16) -> Option<()> {
        let mut node = 0;
        for digit in prefix.chars() {
            let digit = usize::try_from(digit.to_digit(10)?).ok()?;
            let mut next = usize::from(self.nodes[node].next[digit]);
            if next == 0 {
                next = self.nodes.len();
                self.nodes.push(Node::default());
                self.nodes[node].next[digit] = u16::try_from(next).ok()?;
            }
            node = next;
        }
        self.nodes[node].key = key;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(number: &str) -> Option<&'static str> {
        zones_of_number(number.parse().unwrap())
    }

    #[test]
    fn the_longest_prefix_decides() {
        assert_eq!(zones("+12125550123"), Some("America/New_York"));
        assert_eq!(zones("+13125550123"), Some("America/Chicago"));
        assert_eq!(zones("+8613800138000"), Some("Asia/Shanghai"));
        assert_eq!(zones("+441481960194"), Some("Europe/Guernsey"));
    }

    #[test]
    fn a_number_that_could_be_in_several_zones_has_them_all() {
        let toll_free = zones("+18005550123").unwrap();
        assert!(toll_free.contains("America/New_York|"), "{toll_free}");
        assert!(toll_free.contains("Pacific/Honolulu"), "{toll_free}");
    }

    #[test]
    fn a_number_of_no_country_has_no_zone() {
        assert_eq!(zones("+80012345678"), None);
        assert_eq!(zones("+9991234567"), None);
    }

    #[test]
    fn every_zone_of_the_table_is_in_the_bundled_calendar() {
        let bundled = jiff::tz::TimeZoneDatabase::bundled();
        let names: Vec<&str> = TABLE.keys.iter().flat_map(|key| key.split('|')).collect();
        assert!(names.len() > 300);
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            assert!(bundled.get(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_key_is_sorted_and_says_each_zone_once() {
        for key in &TABLE.keys {
            let zones: Vec<&str> = key.split('|').collect();
            assert!(zones.is_sorted_by(|a, b| a < b), "{key}");
        }
    }
}
