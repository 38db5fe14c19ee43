//! Texts as a tree of tokens: those that begin alike share their first tokens.

use std::collections::BTreeMap;

/// A place in the tree; what was taken so far.
pub(super) type Node = usize;
/// Nothing taken yet.
pub(super) const ROOT: Node = 0;

/// The tree. A text carries what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Trie<T> {
    nodes: Vec<Branch<T>>,
}

#[derive(Clone, Debug)]
struct Branch<T> {
    next: BTreeMap<u32, Node>,
    ends: Option<T>,
}

impl<T> Branch<T> {
    fn new() -> Self {
        Self { next: BTreeMap::new(), ends: None }
    }
}

impl<T> Trie<T> {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Branch::new()] }
    }

    /// Adds a text. Of two that are the same the first one stays.
    pub(super) fn insert(&mut self, tokens: &[u32], stands_for: T) {
        let mut at = ROOT;
        for &token in tokens {
            let new = self.nodes.len();
            at = *self.nodes[at].next.entry(token).or_insert(new);
            if at == new {
                self.nodes.push(Branch::new());
            }
        }
        if at != ROOT {
            self.nodes[at].ends.get_or_insert(stands_for);
        }
    }

    /// What may come next, and where it leads.
    pub(super) fn next(&self, at: Node) -> impl Iterator<Item = (u32, Node)> {
        self.nodes[at].next.iter().map(|(token, node)| (*token, *node))
    }

    /// What the text that ends here stands for.
    pub(super) fn ends(&self, at: Node) -> Option<&T> {
        self.nodes[at].ends.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_share_their_beginnings_and_end_where_they_end() {
        let mut trie = Trie::new();
        for (tokens, name) in [(&[1, 2][..], "a"), (&[1, 2, 3], "b"), (&[1, 2], "c"), (&[], "d")] {
            trie.insert(tokens, name);
        }
        let step = |at, token| trie.next(at).find(|(next, _)| *next == token).map(|it| it.1);
        let one = step(ROOT, 1).unwrap();
        let two = step(one, 2).unwrap();
        let three = step(two, 3).unwrap();
        assert_eq!((trie.ends(ROOT), trie.ends(one)), (None, None));
        assert_eq!((trie.ends(two), trie.ends(three)), (Some(&"a"), Some(&"b")));
        assert_eq!(trie.next(three).count(), 0);
        assert_eq!(trie.next(ROOT).count(), 1);
    }
}
