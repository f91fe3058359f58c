//! `apps/local`: the two apps that every client of Splunk expects (spec/splunk.md 5.6).

use super::{
    call::{Call, system_acl},
    face::Face,
    failure::Failure,
    format::{
        feed::{Entry, Fields, Link},
        value::Dict,
    },
    reply::Reply,
    select,
};

const PATH: &str = "apps/local";

/// Name, label.
const APPS: &[(&str, &str)] = &[("launcher", "Home"), ("search", "Search & Reporting")];

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let entries = APPS
        .iter()
        .map(|(name, label)| entry(face, &call, name, label))
        .collect();
    let mut feed = call.feed(face, PATH);
    feed.links = vec![Link::new("_reload", call.path("apps/local/_reload"))];
    select::fill(&mut feed, entries, &call.listing()?);
    Ok(Reply::ok(feed))
}

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let name = call.param("name");
    let (name, label) = APPS
        .iter()
        .find(|(app, _)| *app == name)
        .ok_or_else(|| Failure::not_found(name))?;
    let mut entry = entry(face, &call, name, label);
    entry.fields = Some(Fields::default());
    Ok(Reply::ok(call.feed_of(face, PATH, entry)))
}

fn entry(face: &Face, call: &Call, name: &str, label: &str) -> Entry {
    let content = Dict::new()
        .with("author", "")
        .with("check_for_updates", false)
        .with("configured", true)
        .with("core", true)
        .with("description", "")
        .with("disabled", false)
        .with("label", label)
        .with("managed_by_deployment_client", false)
        .with("show_in_nav", true)
        .with("state_change_requires_restart", false)
        .with("version", face.product.version.as_str())
        .with("visible", true);
    let mut entry = call.entry(PATH, name, &["alternate", "list", "edit"], content);
    entry
        .links
        .push(Link::new("_reload", format!("{}/_reload", entry.path)));
    entry
        .links
        .push(Link::new("package", format!("{}/package", entry.path)));
    entry.acl = system_acl(&["*"], &["admin"]);
    "system".clone_into(&mut entry.acl.app);
    "nobody".clone_into(&mut entry.acl.owner);
    "app".clone_into(&mut entry.acl.sharing);
    entry.acl.extra = [
        "can_change_perms",
        "can_share_app",
        "can_share_global",
        "can_share_user",
    ]
    .into_iter()
    .map(|name| (name, name != "can_share_user"))
    .collect();
    entry
}
