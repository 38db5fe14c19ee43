//! Which of several things of known size was used when.

use std::collections::{BTreeMap, HashMap};

use super::Key;

#[derive(Clone, Copy, Debug)]
struct Known {
    used: u64,
    bytes: u64,
}

/// Things of known size in the order in which they were used.
#[derive(Debug, Default)]
pub(super) struct Order {
    bytes: u64,
    uses: u64,
    known: HashMap<Key, Known>,
    by_use: BTreeMap<u64, Key>,
}

impl Order {
    /// The size of all.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a thing, or gives it another size. It was used last of all.
    pub(super) fn put(&mut self, key: Key, bytes: u64) {
        self.remove(&key);
        self.uses += 1;
        self.bytes += bytes;
        self.by_use.insert(self.uses, key);
        self.known.insert(key, Known { used: self.uses, bytes });
    }

    /// A thing is used.
    pub(super) fn touch(&mut self, key: &Key) {
        if let Some(known) = self.known.get(key).copied() {
            self.put(*key, known.bytes);
        }
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(known) = self.known.remove(key) {
            self.by_use.remove(&known.used);
            self.bytes -= known.bytes;
        }
    }

    /// All, the one that was not used for longest first.
    pub(super) fn oldest(&self) -> impl Iterator<Item = Key> {
        self.by_use.values().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_use_and_sizes_are_counted_once() {
        let key = |text| Key::new("voice", text);
        let mut order = Order::default();
        order.put(key("a"), 10);
        order.put(key("b"), 20);
        order.put(key("c"), 30);
        order.touch(&key("a"));
        order.touch(&key("unknown"));
        order.put(key("b"), 25);
        assert_eq!(order.oldest().collect::<Vec<_>>(), [key("c"), key("a"), key("b")]);
        assert_eq!(order.bytes(), 65);
        order.remove(&key("a"));
        order.remove(&key("a"));
        assert_eq!(order.oldest().collect::<Vec<_>>(), [key("c"), key("b")]);
        assert_eq!((order.bytes(), order.known.len(), order.by_use.len()), (55, 2, 2));
    }
}
