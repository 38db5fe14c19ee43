//! The sounds that were used last.

use std::collections::HashMap;
use std::sync::Arc;

use super::Key;
use super::order::Order;

/// Bytes of a sample.
const SAMPLE: usize = 2;

/// Sounds of a bounded size; the one that was not used for longest goes first.
#[derive(Debug)]
pub(super) struct Memory {
    bytes_max: u64,
    order: Order,
    sounds: HashMap<Key, Arc<[i16]>>,
}

impl Memory {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max: bytes_max as u64, order: Order::default(), sounds: HashMap::new() }
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<[i16]>> {
        self.order.touch(key);
        self.sounds.get(key).cloned()
    }

    /// A sound that is larger than all of the memory is not kept.
    pub(super) fn put(&mut self, key: Key, samples: Arc<[i16]>) {
        self.remove(&key);
        let size = (samples.len() * SAMPLE) as u64;
        if size > self.bytes_max {
            return;
        }
        while self.order.bytes() + size > self.bytes_max {
            let Some(oldest) = self.order.oldest().next() else { break };
            self.remove(&oldest);
        }
        self.order.put(key, size);
        self.sounds.insert(key, samples);
    }

    fn remove(&mut self, key: &Key) {
        self.order.remove(key);
        self.sounds.remove(key);
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
        assert_eq!((memory.order.bytes(), memory.sounds.len()), (120, 2));
    }
}
