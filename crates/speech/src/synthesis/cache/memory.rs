//! The sounds that were used last.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Key;

/// Bytes of a sample.
const SAMPLE: usize = 2;

/// Sounds of a bounded size; the one that was not used for longest goes first.
#[derive(Debug)]
pub(super) struct Memory {
    bytes_max: usize,
    bytes: usize,
    uses: u64,
    sounds: HashMap<Key, (u64, Arc<[i16]>)>,
    by_use: BTreeMap<u64, Key>,
}

impl Memory {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, bytes: 0, uses: 0, sounds: HashMap::new(), by_use: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<[i16]>> {
        let (used, samples) = self.sounds.get_mut(key)?;
        self.uses += 1;
        self.by_use.remove(used);
        self.by_use.insert(self.uses, *key);
        *used = self.uses;
        Some(Arc::clone(samples))
    }

    /// A sound that is larger than all of the memory is not kept.
    pub(super) fn put(&mut self, key: Key, samples: Arc<[i16]>) {
        self.remove(&key);
        let size = samples.len() * SAMPLE;
        if size > self.bytes_max {
            return;
        }
        while self.bytes + size > self.bytes_max {
            let Some((_, oldest)) = self.by_use.pop_first() else { break };
            self.remove(&oldest);
        }
        self.uses += 1;
        self.bytes += size;
        self.by_use.insert(self.uses, key);
        self.sounds.insert(key, (self.uses, samples));
    }

    fn remove(&mut self, key: &Key) {
        if let Some((used, samples)) = self.sounds.remove(key) {
            self.by_use.remove(&used);
            self.bytes -= samples.len() * SAMPLE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first_and_the_bound_holds() {
        let key = |text| Key::new("voice", text);
        let mut memory = Memory::new(400);
        let sound = |count: usize| -> Arc<[i16]> { vec![0; count].into() };
        memory.put(key("a"), sound(100));
        memory.put(key("b"), sound(100));
        assert!(memory.get(&key("a")).is_some());
        memory.put(key("c"), sound(50));
        assert!(memory.get(&key("b")).is_none());
        assert!(memory.get(&key("a")).is_some() && memory.get(&key("c")).is_some());
        memory.put(key("d"), sound(201));
        assert!(memory.get(&key("d")).is_none());
        memory.put(key("a"), sound(10));
        assert_eq!(memory.bytes, 120);
        assert_eq!((memory.sounds.len(), memory.by_use.len()), (2, 2));
    }
}
