//! `server_info` (spec/tanium.md 7.2): what the server says of itself to those who administer it.

use serde_json::{Value, json};

use super::{call::Call, face::Face, failure::Failure, reply::Reply, time};

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let caller = call.caller()?;
    let sessions = app.list_sessions(caller).await?;
    let world = app.world();
    let locked = world
        .users()
        .filter(|one| app.is_locked_out(one.user.id, call.now()));
    let mut counts = json!({
        "ActiveSessions": sessions.len(),
        "MaxAllowedSessions": 0,
        "MaxAllowedSessionsPerUser": 0,
        "PendingSessionUpdates": 0,
        "TotalSessions": sessions.len(),
    });
    if let Value::Object(counts) = &mut counts {
        for session in &sessions {
            let name = format!("ActiveUserSessions_{}", session.user);
            let count = counts.get(&name).and_then(Value::as_u64).unwrap_or(0);
            counts.insert(name, (count + 1).into());
        }
    }
    Ok(Reply::data(json!({ "Diagnostics": {
        "API_Lockout": { "Total_Locked_IP_Count": 0, "Total_Locked_User_Count": locked.count() },
        "Authenticator": counts,
        "General": { "ServerStarted": time::print(face.product.started) },
        "Settings": { "ServerName": face.product.server_name, "Version": face.product.version },
    } })))
}

/// GET `/server_host`.
pub(super) async fn host(face: &Face, _: Call) -> Result<Reply, Failure> {
    Ok(Reply::data(json!({ "name": face.product.server_name })))
}
