//! `server/info`: what the server says of itself (spec/splunk.md 5.5). Keys that only licences, clusters or searches
//! would fill say that there are none; nothing is made up.

use std::env::consts;

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    format::value::{Dict, Value},
    reply::Reply,
};

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let path = "server/info";
    let entry = call.entry(path, "server-info", &["alternate", "list"], content(face));
    Ok(Reply::ok(call.feed_of(face, path, entry)))
}

fn content(face: &Face) -> Dict {
    let product = &face.product;
    Dict::new()
        .with("activeLicenseGroup", "Free")
        .with("build", product.build.as_str())
        .with("cpu_arch", consts::ARCH)
        .with("fips_mode", false)
        .with("guid", product.guid.as_str())
        .with("host", product.server_name.as_str())
        .with("isFree", false)
        .with("isTrial", false)
        .with("kvStoreStatus", "ready")
        .with("licenseKeys", Value::List(Vec::new()))
        .with("licenseSignature", "")
        .with("licenseState", "OK")
        .with("license_labels", Value::List(Vec::new()))
        .with("manager_guid", product.guid.as_str())
        .with("master_guid", product.guid.as_str())
        .with("mode", "normal")
        .with("os_build", "")
        .with("os_name", os_name())
        .with("os_version", "")
        .with("product_type", "tokenry")
        .with("rtsearch_enabled", false)
        .with("serverName", product.server_name.as_str())
        .with("server_roles", Value::List(Vec::new()))
        .with("startup_time", product.started.as_second())
        .with("tokenry_version", env!("CARGO_PKG_VERSION"))
        .with("version", product.version.as_str())
}

/// As the vendor spells it.
fn os_name() -> &'static str {
    match consts::OS {
        "linux" => "Linux",
        "macos" => "Darwin",
        "windows" => "Windows",
        other => other,
    }
}
