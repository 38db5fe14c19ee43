//! Reading a description (RFC 8866 section 5).

use std::net::IpAddr;

use super::error::excerpt;
use super::{
    Connection, CryptoLine, Direction, Media, Origin, Protocol, RtpMap, SdpError,
    SessionDescription,
};

/// Bytes that a description may have: a SIP message over UDP has less.
pub const SIZE_MAX: usize = 16 * 1024;
/// Lines that a description may have.
pub const LINES_MAX: usize = 512;
/// Streams that a description may have.
pub const MEDIA_MAX: usize = 16;

impl SessionDescription {
    /// Reads a description. Lines end with CR LF, LF or CR. Unknown lines and attributes are
    /// skipped, and so is a known attribute of no use to a call whose value cannot be read.
    ///
    /// # Errors
    /// [`SdpError::Malformed`] for a line that is needed and cannot be read,
    /// [`SdpError::TooLarge`] beyond [`SIZE_MAX`], [`LINES_MAX`] or [`MEDIA_MAX`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        if bytes.len() > SIZE_MAX {
            return Err(SdpError::TooLarge { what: "bytes", limit: SIZE_MAX });
        }
        // Only names of sessions and the like are not ASCII; which letters they have is of no use.
        let text = String::from_utf8_lossy(bytes);
        let mut reader = Reader::default();
        let mut first = true;
        for (place, line) in lines(&text).enumerate() {
            if place == LINES_MAX {
                return Err(SdpError::TooLarge { what: "lines", limit: LINES_MAX });
            }
            if line.is_empty() {
                continue;
            }
            let read = if first { version(line) } else { reader.line(line) };
            first = false;
            read.map_err(|problem| problem.at(place + 1, line))?;
        }
        if first {
            return Err(Problem::Line("it is empty: send an SDP").at(1, ""));
        }
        Ok(reader.finish())
    }
}

/// The lines of a text, whichever way they end.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// What is wrong with a line, before its number is known.
enum Problem {
    Line(&'static str),
    TooLarge { what: &'static str, limit: usize },
}

impl Problem {
    fn at(self, line: usize, text: &str) -> SdpError {
        match self {
            Self::Line(problem) => {
                // No part of a key may get into a message.
                let (text, _key) = text.split_once("inline:").unwrap_or((text, ""));
                SdpError::Malformed { line, text: excerpt(text), problem }
            }
            Self::TooLarge { what, limit } => SdpError::TooLarge { what, limit },
        }
    }
}

fn version(line: &str) -> Result<(), Problem> {
    if line.trim_end() == "v=0" {
        return Ok(());
    }
    Err(Problem::Line("an SDP begins with 'v=0': begin with it"))
}

/// What has been read; session-level values until the first stream, and that stream after.
#[derive(Default)]
struct Reader {
    description: SessionDescription,
    connection: Option<Connection>,
    direction: Option<Direction>,
    /// The direction of the latest stream, when it has one of its own.
    media_direction: Option<Direction>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Problem> {
        let Some((key, value)) = line.split_once('=').filter(|(key, _)| key.len() == 1) else {
            return Err(Problem::Line("not a letter, '=' and a value: write it so"));
        };
        let value = value.trim();
        match key {
            "o" => self.description.origin = origin(value),
            "c" => self.connection(value)?,
            "m" => self.begin_media(value)?,
            "a" => self.attribute(value)?,
            _ => {}
        }
        Ok(())
    }

    fn connection(&mut self, value: &str) -> Result<(), Problem> {
        let connection = connection(value)?;
        match self.description.media.last_mut() {
            Some(media) => media.connection = Some(connection),
            None => self.connection = Some(connection),
        }
        Ok(())
    }

    fn begin_media(&mut self, value: &str) -> Result<(), Problem> {
        if self.description.media.len() == MEDIA_MAX {
            return Err(Problem::TooLarge { what: "streams", limit: MEDIA_MAX });
        }
        self.end_media();
        self.description.media.push(media(value)?);
        Ok(())
    }

    /// Hands down to the latest stream what the session says and it does not.
    fn end_media(&mut self) {
        let own = self.media_direction.take();
        if let Some(media) = self.description.media.last_mut() {
            media.direction = own.or(self.direction).unwrap_or_default();
            if media.connection.is_none() {
                media.connection.clone_from(&self.connection);
            }
        }
    }

    fn finish(mut self) -> SessionDescription {
        self.end_media();
        self.description
    }

    fn attribute(&mut self, attribute: &str) -> Result<(), Problem> {
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        if let Some(direction) = Direction::of_name(name) {
            let level = match self.description.media.is_empty() {
                true => &mut self.direction,
                false => &mut self.media_direction,
            };
            *level = Some(direction);
            return Ok(());
        }
        let Some(media) = self.description.media.last_mut() else { return Ok(()) };
        match name {
            "rtpmap" => media.rtp_maps.push(rtp_map(value)?),
            "rtcp" => media.rtcp = Some(rtcp(value)?),
            "rtcp-mux" => media.rtcp_mux = true,
            "crypto" => media.crypto.extend(crypto(value)),
            _ => {}
        }
        Ok(())
    }
}

fn origin(value: &str) -> Option<Origin> {
    let mut fields = value.split_ascii_whitespace().skip(1);
    let (session_id, version) = (fields.next()?, fields.next()?);
    Some(Origin { session_id: session_id.to_owned(), version: version.to_owned() })
}

/// `IN IP4 192.0.2.1`, with a `/` and a time to live after a group's address.
fn connection(value: &str) -> Result<Connection, Problem> {
    let mut fields = value.split_ascii_whitespace();
    let (Some("IN"), Some("IP4" | "IP6"), Some(address)) =
        (fields.next(), fields.next(), fields.next())
    else {
        return Err(Problem::Line("no address: write such as 'c=IN IP4 192.0.2.1'"));
    };
    let address = address.split('/').next().unwrap_or_default();
    Ok(match address.parse::<IpAddr>() {
        Ok(address) => Connection::Address(address),
        Err(_) => Connection::Host(address.to_owned()),
    })
}

/// `audio 4000 RTP/AVP 0 8 101`, the port with a `/` and a count when there are several.
fn media(value: &str) -> Result<Media, Problem> {
    let mut fields = value.split_ascii_whitespace();
    let (Some(kind), Some(port), Some(protocol)) = (fields.next(), fields.next(), fields.next())
    else {
        return Err(Problem::Line("no stream: write such as 'm=audio 4000 RTP/AVP 0'"));
    };
    let port = port.split('/').next().unwrap_or_default().parse();
    let port = port.map_err(|_| Problem::Line("no port: write a number from 0 to 65535"))?;
    let protocol = match protocol {
        "RTP/AVP" => Protocol::Avp,
        "RTP/SAVP" => Protocol::Savp,
        other => Protocol::Other(other.to_owned()),
    };
    Ok(Media {
        kind: kind.to_owned(),
        port,
        protocol,
        formats: fields.map(str::to_owned).collect(),
        connection: None,
        direction: Direction::default(),
        rtp_maps: Vec::new(),
        rtcp: None,
        rtcp_mux: false,
        crypto: Vec::new(),
    })
}

/// `101 telephone-event/8000`, with a `/` and the channels when there are several.
fn rtp_map(value: &str) -> Result<RtpMap, Problem> {
    let problem = || Problem::Line("no map: write such as 'a=rtpmap:0 PCMU/8000'");
    let (number, encoding) = value.split_once(' ').ok_or_else(problem)?;
    let mut parts = encoding.trim().split('/');
    let name = parts.next().unwrap_or_default();
    let clock = parts.next().ok_or_else(problem)?;
    Ok(RtpMap {
        payload_type: number.trim().parse().map_err(|_| problem())?,
        encoding: name.to_owned(),
        clock_hz: clock.trim().parse().map_err(|_| problem())?,
        // For video and the like this field is something else, which does not matter here.
        channels: parts.next().and_then(|channels| channels.parse().ok()).unwrap_or(1),
    })
}

/// `4001`, or `4001 IN IP4 192.0.2.1` (RFC 3605 section 2.1).
fn rtcp(value: &str) -> Result<(u16, Option<Connection>), Problem> {
    let value = value.trim();
    let (port, address) = value.split_once(' ').unwrap_or((value, ""));
    let port = port.parse().map_err(|_| Problem::Line("no port: write such as 'a=rtcp:4001'"))?;
    let address = if address.is_empty() { None } else { Some(connection(address)?) };
    Ok((port, address))
}

/// `1 AES_CM_128_HMAC_SHA1_80 inline:...`. One that cannot be read is skipped: others may be good.
fn crypto(value: &str) -> Option<CryptoLine> {
    let mut fields = value.split_ascii_whitespace();
    Some(CryptoLine {
        tag: fields.next()?.parse().ok()?,
        suite: fields.next()?.to_owned(),
        key_parameters: fields.next()?.to_owned(),
        session_parameters: fields.collect::<Vec<_>>().join(" "),
    })
}
