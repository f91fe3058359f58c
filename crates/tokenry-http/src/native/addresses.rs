//! `/api/v1/addresses`: what a token's list of addresses would make of a text, while it is typed.

use std::sync::Arc;

use tokenry_api::{operations as op, types::help::AddressesRead};
use tokenry_core::{
    app::Caller,
    token::address::{ClientAddress, Networks},
};

use super::{Face, answer::Answer, call::Call, problem::Problem};

pub(super) async fn read(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::AddressesExplain>,
) -> Result<Answer<AddressesRead>, Problem> {
    let networks = Networks::parse("text", &call.body.text)?;
    let world = face.door.app.world();
    let settings = &world.settings().api_tokens;
    let trusted = [&settings.trusted_addresses, &settings.module_servers];
    let own = match caller.origin.client {
        ClientAddress::Known(address) => Some(address),
        ClientAddress::Unknown => None,
    };
    Ok(AddressesRead {
        anywhere: networks.is_anywhere(),
        yours: own.map(|address| address.to_string()),
        includes_yours: own.is_some_and(|address| networks.contains(address)),
        items: networks.items().map(str::to_owned).collect(),
        trusted_anyway: trusted
            .iter()
            .flat_map(|list| list.items())
            .map(str::to_owned)
            .collect(),
    }
    .into())
}
