//! The composition root: where rules, store, engine and faces are put together. The only module that knows them all.

use axum::Router;
use axum::http::StatusCode;
use tokenry_http::listener::RequestIds;
use zeroize::Zeroizing;

use crate::ground::Ground;
use crate::start_lines::Admin;

/// What is composed, ready to serve.
pub struct Composed {
    /// All faces.
    pub router: Router,
    /// What to say about the administrator's account.
    pub admin: Admin,
}

/// Puts the server together: opens the store, makes the first administrator, builds the router.
///
/// `password` is for the first administrator and used only if there is no user yet; without it one is made.
///
/// # Errors
///
/// When the store cannot be opened.
#[expect(clippy::unused_async, reason = "a placeholder, until the store is here")]
pub async fn compose(
    _ground: &mut Ground,
    _password: Option<Zeroizing<String>>,
    _ids: &RequestIds,
) -> anyhow::Result<Composed> {
    Ok(Composed {
        router: Router::new().fallback(|| async { StatusCode::NOT_FOUND }),
        admin: Admin::Existing {
            name: "admin".to_owned(),
        },
    })
}

/// Sets the password of a user, for `tokenry admin reset-password`.
///
/// # Errors
///
/// When there is no such user, the password is too short, or the store fails.
#[expect(clippy::unused_async, reason = "a placeholder, until the store is here")]
pub async fn set_password(
    _ground: &mut Ground,
    _user: &str,
    _password: &Zeroizing<String>,
) -> anyhow::Result<()> {
    anyhow::bail!("there is no store yet")
}
