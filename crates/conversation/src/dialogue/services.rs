//! Other systems that a scenario asks over HTTP: a few threads, each request with its own time.
//!
//! Scenarios name systems by addresses that are the same everywhere; the settings say where a
//! system is here.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use outcall_dialogue::document::node::Method;
use outcall_dialogue::engine::ApiResult;
use outcall_inference::pool::{Pending, Pool, PoolSettings, Priority, Worker};
use outcall_telephony::sip::settings::Secret;
use serde::{Deserialize, Serialize};

/// An answer is read up to so many bytes.
const BODY_MAX: u64 = 64 << 10;
/// Fields of it at most, and bytes of each.
const FIELDS_MAX: usize = 256;
const FIELD_MAX: usize = 4_096;
/// The longest name of a field, in bytes; a longer one is left out.
const NAME_MAX: usize = 200;

/// Where the other systems are, and how many are asked at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    /// The beginning of an address in scenarios, and what stands in its place here, for example
    /// `"https://booking.example" = "http://127.0.0.1:8099"`.
    pub addresses: BTreeMap<String, String>,
    /// A header of all requests to addresses that begin so: credentials, for example
    /// `"https://booking.example" = "Bearer 1234"`, sent as `Authorization`.
    /// It is neither logged nor shown.
    pub authorization: BTreeMap<String, Secret>,
    /// Requests at once. Default 8.
    pub workers: usize,
    /// Requests that may wait; more fail. Default 256.
    pub waiting_max: usize,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            addresses: BTreeMap::new(),
            authorization: BTreeMap::new(),
            workers: 8,
            waiting_max: 256,
        }
    }
}

/// Why no service can be asked.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The system refused a thread.
    #[error("services: {0}")]
    Thread(#[from] io::Error),
    /// An address that is none.
    #[error("services.addresses: '{0}': write http://HOST:PORT or https://HOST, with no query")]
    Address(String),
}

/// A request of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// The method.
    pub method: Method,
    /// The address, as the scenario has it.
    pub url: String,
    /// The fields of the JSON body.
    pub body: BTreeMap<String, String>,
    /// For how long it may take, in ms.
    pub timeout_ms: u32,
}

/// Asks other systems.
#[derive(Clone, Debug)]
pub struct Services {
    pool: Pool<Client>,
}

impl Services {
    /// Starts the threads.
    ///
    /// # Errors
    /// When an address is none, or the system refuses a thread.
    pub fn start(settings: &ServiceSettings) -> Result<Self, ServicesError> {
        for address in settings.addresses.values() {
            let is_one = ["http://", "https://"].iter().any(|scheme| {
                address.strip_prefix(scheme).is_some_and(|rest| {
                    !rest.is_empty() && !rest.contains(['?', '#', ' ']) && rest.is_ascii()
                })
            });
            if !is_one {
                return Err(ServicesError::Address(address.clone()));
            }
        }
        let pool = PoolSettings {
            workers: settings.workers,
            waiting_max: settings.waiting_max,
            batch_max: 1,
            ..PoolSettings::default()
        };
        let settings = settings.clone();
        let make = move || Ok::<_, ServicesError>(Client::new(settings.clone()));
        let (pool, _) = Pool::start("services", pool, make)?;
        Ok(Self { pool })
    }

    /// Asks; `None` when too many wait already.
    pub(super) fn ask(&self, request: Request) -> Option<Pending<ApiResult>> {
        let until = now() + Duration::from_millis(request.timeout_ms.into());
        let asked = self.pool.ask(Due { request, until }, Priority::Interactive, until);
        asked.map_err(|error| tracing::warn!(%error, "a service is not asked")).ok()
    }
}

/// A request, and when it must have been answered: the time that it waited for a thread counts, so
/// that nothing is done elsewhere of which the robot has said already that it failed.
#[derive(Debug)]
struct Due {
    request: Request,
    until: Instant,
}

/// A thread that asks.
struct Client {
    settings: ServiceSettings,
    agent: ureq::Agent,
}

impl Client {
    fn new(settings: ServiceSettings) -> Self {
        // A redirect could lead anywhere: services are what the settings and scenarios name.
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(true);
        Self { settings, agent: config.build().into() }
    }

    fn ask(&self, request: &Request, within: Duration) -> Result<BTreeMap<String, String>, String> {
        if within.is_zero() {
            return Err("its time had passed before a thread was free".to_owned());
        }
        let url = self.address(&request.url);
        let timeout = Some(within);
        let authorization = longest(&self.settings.authorization, &request.url);
        let authorization = authorization.map(|(_, credentials)| credentials.reveal());
        let answer = match request.method {
            Method::Get => {
                let asked = self.agent.get(&url).config().timeout_global(timeout).build();
                let asked =
                    request.body.iter().fold(asked, |it, (name, value)| it.query(name, value));
                match authorization {
                    Some(credentials) => asked.header("Authorization", credentials).call(),
                    None => asked.call(),
                }
            }
            Method::Post => {
                let body = serde_json::to_vec(&request.body).map_err(|error| error.to_string())?;
                let asked = self.agent.post(&url).config().timeout_global(timeout).build();
                let asked = asked.header("Content-Type", "application/json");
                match authorization {
                    Some(credentials) => asked.header("Authorization", credentials).send(&body),
                    None => asked.send(&body),
                }
            }
        };
        let mut answer = answer.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            // A redirect is not followed, and it is no answer either.
            return Err(format!("answered {}", answer.status()));
        }
        let body = answer.body_mut().with_config().limit(BODY_MAX).read_to_vec();
        let body = body.map_err(|error| error.to_string())?;
        if body.is_empty() {
            return Ok(BTreeMap::new());
        }
        let value = serde_json::from_slice(&body).map_err(|error| format!("no JSON: {error}"))?;
        Ok(fields(&value))
    }

    fn address(&self, url: &str) -> String {
        match longest(&self.settings.addresses, url) {
            Some((prefix, here)) => format!("{here}{}", &url[prefix.len()..]),
            None => url.to_owned(),
        }
    }
}

/// The entry with the longest address that another one begins with: a whole part of it, so that
/// `https://a.example` is no beginning of `https://a.example.org`.
fn longest<'a, T>(of: &'a BTreeMap<String, T>, text: &str) -> Option<(&'a str, &'a T)> {
    let found = of.iter().filter(|(prefix, _)| {
        let rest = text.strip_prefix(prefix.as_str());
        rest.is_some_and(|it| prefix.ends_with('/') || it.is_empty() || it.starts_with(['/', '?']))
    });
    found.max_by_key(|(prefix, _)| prefix.len()).map(|(name, value)| (name.as_str(), value))
}

/// The fields of an answer as texts, those of inner objects with a dot between.
fn fields(value: &serde_json::Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![(String::new(), value)];
    while let Some((name, value)) = open.pop() {
        if found.len() >= FIELDS_MAX {
            break;
        }
        match value {
            serde_json::Value::Object(inner) => {
                let named = inner.iter().map(|(key, value)| match name.is_empty() {
                    true => (key.clone(), value),
                    false => (format!("{name}.{key}"), value),
                });
                open.extend(named.filter(|(name, _)| name.len() <= NAME_MAX).take(FIELDS_MAX));
            }
            serde_json::Value::String(text) => {
                found.insert(name, text.chars().take(FIELD_MAX).collect());
            }
            serde_json::Value::Number(_) | serde_json::Value::Bool(_) => {
                found.insert(name, value.to_string());
            }
            serde_json::Value::Null | serde_json::Value::Array(_) => {}
        }
    }
    found
}

impl Worker for Client {
    type Request = Due;
    type Reply = ApiResult;

    fn length(due: &Due) -> u32 {
        u32::try_from(due.request.url.len()).unwrap_or(u32::MAX)
    }

    fn run(&mut self, batch: Vec<Due>) -> Vec<Result<ApiResult, String>> {
        let ask = |Due { request, until }: &Due| match self
            .ask(request, until.saturating_duration_since(now()))
        {
            Ok(fields) => Ok(ApiResult::Answered(fields)),
            Err(error) => {
                // The address may hold something personal: only its host is told.
                let host = request.url.split('/').nth(2).unwrap_or_default();
                tracing::warn!(host, error, "a service failed");
                Ok(ApiResult::Failed)
            }
        };
        batch.iter().map(ask).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_of_an_address_says_where_it_is() {
        let addresses =
            [("https://a.example", "http://one:1"), ("https://a.example/v2", "http://two")];
        let settings = ServiceSettings {
            addresses: addresses.map(|(name, it)| (name.to_owned(), it.to_owned())).into(),
            ..ServiceSettings::default()
        };
        let client = Client::new(settings);
        assert_eq!(client.address("https://a.example/move"), "http://one:1/move");
        assert_eq!(client.address("https://a.example/v2/move"), "http://two/move");
        assert_eq!(client.address("https://b.example/"), "https://b.example/");
        assert_eq!(client.address("https://a.example.org/"), "https://a.example.org/");
        assert_eq!(client.address("https://a.example@b.org/"), "https://a.example@b.org/");
    }

    #[test]
    fn a_request_whose_time_has_passed_is_not_sent() {
        let client = Client::new(ServiceSettings::default());
        let (url, body) = ("http://127.0.0.1:9/".to_owned(), BTreeMap::new());
        let request = Request { method: Method::Post, url, body, timeout_ms: 1_000 };
        let failed = client.ask(&request, Duration::ZERO).unwrap_err();
        assert!(failed.contains("time had passed"), "{failed}");
    }

    #[test]
    fn fields_are_texts_and_inner_ones_are_named_with_a_dot() {
        let value = serde_json::json!({
            "status": "ok", "left": 3, "sure": true, "none": null, "slot": { "day": "Monday" },
        });
        let found = fields(&value);
        let pairs: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            pairs,
            [("left", "3"), ("slot.day", "Monday"), ("status", "ok"), ("sure", "true")]
        );
    }

    #[test]
    fn an_address_that_is_none_is_refused_at_the_start() {
        for wrong in ["", "booking", "ftp://a", "http://", "http://a?b=c"] {
            let addresses = [("https://a.example".to_owned(), wrong.to_owned())].into();
            let settings = ServiceSettings { addresses, ..ServiceSettings::default() };
            assert!(Services::start(&settings).is_err(), "{wrong}");
        }
    }
}
