//! What is written down of a call besides its disposition.

use outcall_campaign::attempt::ConversationEnd;
use outcall_media::plane::StreamReport;
use outcall_sip::EndedBy;
use serde::Serialize;

/// One try of a call on one trunk.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TryReport {
    /// The trunk's name; of a call that came in, the address that it came from.
    pub trunk: String,
    /// The Call-ID, to find the call in the carrier's records and in a trace.
    pub call_id: String,
    /// The final response, when there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sip_status: Option<u16>,
    /// The Q.850 cause that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q850: Option<u16>,
    /// Who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<EndedBy>,
    /// Words of the peer or the transport.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// What is written down of a call. Stored as JSON in the attempt's `detail`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CallReport {
    /// The tries, in order. There is more than one only when it is certain that the earlier ones
    /// rang no phone.
    pub tries: Vec<TryReport>,
    /// How long after the INVITE audio came before the answer, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_media_ms: Option<i64>,
    /// From the answer to the first packet of the callee, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_to_first_packet_ms: Option<u32>,
    /// The answered call was silent: packets came, but no sound was in them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// We sent and nothing ever came.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_way: bool,
    /// How the conversation of a call that came in ended. Those of ours are the attempt's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ConversationEnd>,
    /// What was heard on it, as whoever talked has written it down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<serde_json::Value>,
    /// The audio, counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<Box<StreamReport>>,
}

impl CallReport {
    /// As JSON.
    pub(crate) fn to_json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}
