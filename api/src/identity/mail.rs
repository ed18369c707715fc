//! Sending mail: by SMTP where a server is set, otherwise into `mail/` in the data directory, one file for each letter.
//!
//! A letter is sent after its request was answered, so that neither the answer nor its timing depends on it. It is tried
//! three times; a letter that is lost nevertheless can be asked for again. Addresses and contents are never logged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::sync::{RwLock, Semaphore};
use uuid::Uuid;

use super::email_address::EmailAddress;
use super::error::IdentityError;
use crate::config::Secret;

/// How long a server may take for one try.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a letter is tried.
const TRIES: u32 = 3;
/// How many letters are being sent at the same moment; the others wait, so that thousands at once don't open as many
/// connections.
const AT_ONCE: usize = 4;

/// A letter to somebody.
pub struct Letter {
    /// To whom.
    pub to: EmailAddress,
    /// The subject.
    pub subject: &'static str,
    /// The text.
    pub text: String,
    /// The address at which letters of this sort are ended, where they can be.
    pub unsubscribe: Option<String>,
}

/// Sends letters.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Arc<Way>,
    /// Held for reading by each letter that is under way.
    under_way: Arc<RwLock<()>>,
    /// One permit for each letter that is being sent.
    places: Arc<Semaphore>,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Files(PathBuf),
}

impl Mailer {
    /// A mailer that sends from this address by this server, or writes files where there is none.
    ///
    /// # Errors
    /// Where the address or the server's URL is malformed.
    pub fn new(from: &str, server: Option<&Secret>, data_dir: &Path) -> Result<Self, IdentityError> {
        let from = from
            .parse()
            .map_err(|_| IdentityError::Mail("PRAXIS_MAIL_FROM is no mailbox".to_owned()))?;
        let way = match server {
            None => Way::Files(data_dir.join("mail")),
            Some(url) => Way::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
                    // The message could repeat the URL, which holds a password.
                    .map_err(|_| IdentityError::Mail("PRAXIS_SMTP_URL is no address of a mail server".to_owned()))?
                    .timeout(Some(PATIENCE))
                    .build(),
            ),
        };
        Ok(Self {
            from,
            way: Arc::new(way),
            under_way: Arc::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Sends a letter in the background.
    pub fn send(&self, letter: Letter) {
        let mailer = self.clone();
        let under_way = self.under_way.clone().try_read_owned();
        tokio::spawn(async move {
            let _under_way = under_way;
            for attempt in 1..=TRIES {
                match mailer.try_send(&letter).await {
                    Ok(()) => {
                        metrics::counter!("praxis_letters_total", "outcome" => "sent").increment(1);
                        return;
                    }
                    Err(reason) => {
                        tracing::warn!(subject = letter.subject, attempt, reason, "a letter could not be sent");
                        tokio::time::sleep(Duration::from_secs(u64::from(attempt * attempt))).await;
                    }
                }
            }
            metrics::counter!("praxis_letters_total", "outcome" => "lost").increment(1);
            tracing::error!(subject = letter.subject, "a letter was given up");
        });
    }

    /// Waits until the letters so far are sent or given up: for commands, which end with their process.
    pub async fn settle(&self) {
        drop(self.under_way.write().await);
    }

    async fn try_send(&self, letter: &Letter) -> Result<(), &'static str> {
        // Not between two tries, so that others go on while one waits.
        let _place = self.places.acquire().await.map_err(|_| "the service ends")?;
        let to = letter.to.as_str().parse().map_err(|_| "the address is malformed")?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|_| "the letter is malformed")?;
        if let Some(address) = &letter.unsubscribe {
            let mut insert = |name: &'static str, value: String| {
                let name = HeaderName::new_from_ascii_str(name);
                message.headers_mut().insert_raw(HeaderValue::new(name, value));
            };
            // RFC 2369, and RFC 8058 for one click in the mail program.
            insert("List-Unsubscribe", format!("<{address}>"));
            insert("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned());
        }
        match &*self.way {
            Way::Smtp(transport) => match transport.send(message).await {
                Ok(_) => Ok(()),
                // What the server said may hold the address.
                Err(error) if error.is_permanent() => Err("the mail server refused it"),
                Err(error) if error.is_timeout() => Err("the mail server did not answer in time"),
                Err(_) => Err("the mail server can't be used"),
            },
            Way::Files(directory) => write(directory, &message.formatted())
                .await
                .map_err(|_| "the mail directory can't be written"),
        }
    }
}

/// Writes a letter that only the service's own user can read.
async fn write(directory: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use tokio::io::AsyncWriteExt;
    let mut builder = tokio::fs::DirBuilder::new();
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        builder.mode(0o700);
        options.mode(0o600);
    }
    builder.recursive(true).create(directory).await?;
    let name = Uuid::now_v7().simple().to_string();
    let unfinished = directory.join(format!(".{name}"));
    let mut file = options.open(&unfinished).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    tokio::fs::rename(unfinished, directory.join(format!("{name}.eml"))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_server_letters_become_files() {
        let directory = tempfile::tempdir().unwrap();
        let mailer = Mailer::new("Praxis <praxis@example.org>", None, directory.path()).unwrap();
        let letter = Letter {
            to: EmailAddress::parse("ana@example.org").unwrap(),
            subject: "A subject",
            text: "Dear Ana,\n\nthe text.\n".to_owned(),
            unsubscribe: None,
        };
        mailer.try_send(&letter).await.unwrap();
        let mut files = std::fs::read_dir(directory.path().join("mail")).unwrap();
        let path = files.next().unwrap().unwrap().path();
        assert_eq!(path.extension().unwrap(), "eml");
        let text = std::fs::read_to_string(path).unwrap();
        assert!(
            text.contains("To: ana@example.org") && text.contains("the text."),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_server_gets_a_few_letters_at_a_time() {
        let server = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = Secret::from(format!("smtp://{}", server.local_addr().unwrap()).as_str());
        let mailer = Mailer::new("praxis@example.org", Some(&url), Path::new(".")).unwrap();
        for _ in 0..10 * AT_ONCE {
            mailer.send(Letter {
                to: EmailAddress::parse("ana@example.org").unwrap(),
                subject: "A subject",
                text: "The text.\n".to_owned(),
                unsubscribe: None,
            });
        }
        // It never greets, so that each connection stays open.
        let mut connections = Vec::new();
        let accepting = async {
            while let Ok(connection) = server.accept().await {
                connections.push(connection);
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(500), accepting).await;
        assert_eq!(connections.len(), AT_ONCE);
    }

    #[test]
    fn a_wrong_server_is_refused_without_repeating_its_password() {
        let wrong = Secret::from("smtps://user:hush@");
        match Mailer::new("praxis@example.org", Some(&wrong), Path::new(".")) {
            Ok(_) => panic!("it was accepted"),
            Err(error) => assert!(!error.to_string().contains("hush"), "{error}"),
        }
    }
}
