//! The parameters of a form or of an address.

/// Longest value of a parameter that is looked at, in bytes.
const LONGEST: usize = 8192;

/// The parameters of a request, each at most once.
#[derive(Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads them; none where one comes twice or is too long, since nobody can tell what is meant.
    pub fn read(form: &[u8]) -> Option<Self> {
        let mut read: Vec<(String, String)> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(form) {
            if value.len() > LONGEST || read.iter().any(|(known, _)| *known == name) {
                return None;
            }
            read.push((name.into_owned(), value.into_owned()));
        }
        Some(Self(read))
    }

    /// The value of the parameter with this name.
    pub fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_comes_twice_means_nothing() {
        let read = Parameters::read(b"state=a%20b&code=c").unwrap();
        assert_eq!(
            (read.get("state").as_deref(), read.get("code").as_deref()),
            (Some("a b"), Some("c"))
        );
        assert_eq!(read.get("error"), None);
        assert!(Parameters::read(b"").is_some());
        assert!(Parameters::read(b"state=a&state=a").is_none());
        assert!(Parameters::read(b"%73tate=a&state=b").is_none());
        assert!(Parameters::read(format!("state={}", "x".repeat(LONGEST + 1)).as_bytes()).is_none());
    }
}
