//! The states of a campaign and the commands that move it from one to the next.
//!
//! ```text
//! draft -> ready -> running -> completed
//!             \     |  |  ^
//!              \    |  |  `---start--- paused
//!               \   |  `-> pausing --calls_ended-^
//!                `--+--> stopped <-- pausing, paused
//! ```

coded_enum! {
    /// How far a campaign has come.
    pub enum CampaignState, UnknownCampaignState = "campaign state" {
        /// Being set up; it has no contacts or its settings have problems.
        Draft = "draft",
        /// Complete and checked, not yet started.
        Ready = "ready",
        /// Dialling, whenever the rules allow.
        Running = "running",
        /// No new call is placed; calls in progress come to their end.
        Pausing = "pausing",
        /// No call is placed and none is in progress.
        Paused = "paused",
        /// Every contact is finished. For good.
        Completed = "completed",
        /// Ended by command; calls in progress end on their own. For good.
        Stopped = "stopped",
    }
}

coded_enum! {
    /// What moves a campaign: a person's wish, or the engine's finding.
    pub enum CampaignCommand, UnknownCampaignCommand = "campaign command" {
        /// The settings were checked and there are contacts.
        Prepare = "prepare",
        /// Begin to dial, or go on.
        Start = "start",
        /// Place no further calls, let those in progress end.
        Pause = "pause",
        /// The engine found that the last call in progress has ended.
        CallsEnded = "calls_ended",
        /// End the campaign for good, though contacts remain.
        Stop = "stop",
        /// The engine found that every contact is finished.
        Complete = "complete",
    }
}

/// A command that makes no sense in the state the campaign is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalTransition {
    /// The state the campaign is in, and stays in.
    pub state: CampaignState,
    /// The command that was refused.
    pub command: CampaignCommand,
}

impl std::error::Error for IllegalTransition {}

impl std::fmt::Display for IllegalTransition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { state, command } = self;
        write!(f, "a campaign that is {state} does not take the command '{command}': ")?;
        if state.is_final() {
            return f.write_str("it has ended for good, create another campaign");
        }
        let allowed: Vec<_> = state.allowed().map(CampaignCommand::code).collect();
        write!(f, "from there it takes {}", allowed.join(", "))
    }
}

impl CampaignState {
    /// Whether nothing can follow.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Stopped)
    }

    /// Whether new calls may be placed.
    pub fn may_dial(self) -> bool {
        self == Self::Running
    }

    /// The commands that this state takes.
    pub fn allowed(self) -> impl Iterator<Item = CampaignCommand> {
        let all = CampaignCommand::ALL.iter().copied();
        all.filter(move |&command| apply(self, command).is_ok())
    }
}

/// The state that follows.
///
/// # Errors
/// When the state does not take the command; the error says what it takes.
pub fn apply(
    state: CampaignState,
    command: CampaignCommand,
) -> Result<CampaignState, IllegalTransition> {
    use CampaignCommand::{CallsEnded, Complete, Pause, Prepare, Start, Stop};
    use CampaignState::{Completed, Draft, Paused, Pausing, Ready, Running, Stopped};
    match (state, command) {
        (Draft, Prepare) => Ok(Ready),
        (Ready | Paused, Start) => Ok(Running),
        (Running, Pause) => Ok(Pausing),
        (Pausing, CallsEnded) => Ok(Paused),
        (Running, Complete) => Ok(Completed),
        (Draft | Ready | Running | Pausing | Paused, Stop) => Ok(Stopped),
        (
            Draft | Ready | Running | Pausing | Paused | Completed | Stopped,
            Prepare | Start | Pause | CallsEnded | Stop | Complete,
        ) => Err(IllegalTransition { state, command }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_command_leads_where_the_table_says() {
        //            prepare  start      pause      calls_ended stop       complete
        let table = [
            ("draft", ["ready", "-", "-", "-", "stopped", "-"]),
            ("ready", ["-", "running", "-", "-", "stopped", "-"]),
            ("running", ["-", "-", "pausing", "-", "stopped", "completed"]),
            ("pausing", ["-", "-", "-", "paused", "stopped", "-"]),
            ("paused", ["-", "running", "-", "-", "stopped", "-"]),
            ("completed", ["-", "-", "-", "-", "-", "-"]),
            ("stopped", ["-", "-", "-", "-", "-", "-"]),
        ];
        assert_eq!(table.len(), CampaignState::ALL.len());
        for (state, row) in table {
            let state: CampaignState = state.parse().unwrap();
            assert_eq!(row.len(), CampaignCommand::ALL.len());
            for (&command, next) in CampaignCommand::ALL.iter().zip(row) {
                let wanted = next.parse().map_err(|_| IllegalTransition { state, command });
                assert_eq!(apply(state, command), wanted, "{state} {command}");
            }
            assert_eq!(state.is_final(), state.allowed().next().is_none());
        }
    }

    #[test]
    fn a_refusal_says_what_is_allowed() {
        let refusal = apply(CampaignState::Draft, CampaignCommand::Start).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "a campaign that is draft does not take the command 'start': from there it takes \
             prepare, stop"
        );
        let refusal = apply(CampaignState::Stopped, CampaignCommand::Start).unwrap_err();
        assert!(refusal.to_string().contains("ended for good"));
    }
}
