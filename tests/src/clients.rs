//! Applications that act for members, as the tests set them up, and the endpoints that they talk to.

use serde_json::{Value, json};

use crate::members::Member;
use crate::server::Server;

/// An application with its secret.
#[derive(Clone, Debug)]
pub struct ApiClient {
    /// The client id.
    pub id: String,
    /// The client secret.
    pub secret: String,
}

impl ApiClient {
    /// Reads what `praxis client create` or `rotate` prints.
    #[track_caller]
    pub fn printed(text: &str) -> Self {
        let value = |name: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
            line.unwrap_or_else(|| panic!("there is no {name} in {text}"))
                .to_owned()
        };
        Self {
            id: value("client_id"),
            secret: value("client_secret"),
        }
    }
}

/// An answer of the endpoints of OAuth 2.0.
#[derive(Debug)]
pub struct OAuthAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body; null where there is none.
    pub body: Value,
}

impl OAuthAnswer {
    /// The status and the code of the standard.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or_default())
    }

    /// The access token of an answer that has one.
    #[track_caller]
    pub fn token(&self) -> String {
        let token = self.body["access_token"].as_str();
        token
            .unwrap_or_else(|| panic!("there is no token in {self:?}"))
            .to_owned()
    }
}

/// The name of a scope in GraphQL.
pub fn in_graphql(scope: &str) -> String {
    scope.replace(':', "_").to_uppercase()
}

impl Server {
    /// Creates an application by the command line; the member has not agreed to it.
    #[track_caller]
    pub fn create_client(&self, member: &Member, scopes: &[&str]) -> ApiClient {
        let mut arguments = vec!["client", "create", "--name", "Mirror", "--acts-for", &member.email];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        let output = self.run(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ApiClient::printed(&String::from_utf8_lossy(&output.stdout))
    }

    /// Agrees to an application.
    pub async fn approve_client(&self, member: &Member, client: &ApiClient, scopes: &[&str]) {
        let scopes: Vec<String> = scopes.iter().map(|scope| in_graphql(scope)).collect();
        let input = json!({ "client": client.id, "scopes": scopes });
        let token = Some(member.session.access.as_str());
        let payload = self.mutate(token, "approveApiClient", "client { status }", input).await;
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        assert_eq!(payload["client"]["status"], "ACTIVE");
    }

    /// Creates an application that the member has agreed to.
    pub async fn client_of(&self, member: &Member, scopes: &[&str]) -> ApiClient {
        let client = self.create_client(member, scopes);
        self.approve_client(member, &client, scopes).await;
        client
    }

    /// A token of an application with all its scopes.
    pub async fn client_token(&self, client: &ApiClient) -> String {
        self.ask_token(client, &[]).await.token()
    }

    /// Asks for a token with these parameters beside the grant, by HTTP Basic.
    pub async fn ask_token(&self, client: &ApiClient, more: &[(&str, &str)]) -> OAuthAnswer {
        let mut parameters = vec![("grant_type", "client_credentials")];
        parameters.extend(more);
        self.oauth("/oauth/token", Some(client), &parameters).await
    }

    /// Posts a form to an endpoint, with the application's credentials by HTTP Basic.
    pub async fn oauth(&self, path: &str, client: Option<&ApiClient>, parameters: &[(&str, &str)]) -> OAuthAnswer {
        let form = reqwest::Url::parse_with_params("http://form", parameters).expect("a form can be written");
        let form = form.query().unwrap_or_default().to_owned();
        let mut request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(client) = client {
            request = request.basic_auth(&client.id, Some(&client.secret));
        }
        OAuthAnswer::of(request.body(form)).await
    }
}

impl OAuthAnswer {
    /// What a request is answered.
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.text().await.expect("the answer is text");
        Self {
            status,
            headers,
            body: serde_json::from_str(&body).unwrap_or(Value::Null),
        }
    }
}
