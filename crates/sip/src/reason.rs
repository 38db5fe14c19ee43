//! The Reason header (RFC 3326): why a response or a BYE was sent, as a Q.850 cause.

/// The cause of `Q.850;cause=16;text="..."`. `None` when no Q.850 cause is in it.
pub fn q850(value: &str) -> Option<u16> {
    value.split(',').find_map(|reason| {
        let mut parts = reason.split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case("Q.850") {
            return None;
        }
        parts.find_map(|part| {
            let (name, cause) = part.split_once('=')?;
            if !name.trim().eq_ignore_ascii_case("cause") {
                return None;
            }
            cause.trim().parse().ok().filter(|&cause: &u16| cause <= 127)
        })
    })
}

/// Whether a Q.850 cause speaks of routes, circuits and equipment alone, so that no phone rang:
/// no route to the network or destination; no circuit; network out of order; temporary failure;
/// congestion; circuit not there; resource unavailable; bearer not there.
pub fn is_of_the_network(cause: u16) -> bool {
    matches!(cause, 2 | 3 | 34 | 38 | 41 | 42 | 44 | 47 | 58)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_q850_cause_is_found_among_others() {
        assert_eq!(q850("Q.850;cause=17"), Some(17));
        assert_eq!(q850("SIP;cause=200;text=\"x\", q.850 ; Cause = 1 ;text=\"gone\""), Some(1));
        assert_eq!(q850("SIP;cause=200"), None);
        assert_eq!(q850("Q.850;cause=999"), None);
        assert_eq!(q850("Q.850"), None);
        assert_eq!(q850(""), None);
    }
}
