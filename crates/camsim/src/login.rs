//! The login: GStreamer's Basic and Digest check, plus an event when it refuses somebody.
//!
//! Runs on the server's thread, inside the handling of a request.

use std::sync::{Arc, OnceLock};

use gstreamer::{Structure, glib};
use gstreamer_rtsp_server::gst_rtsp::RTSPAuthMethod;
use gstreamer_rtsp_server::prelude::*;
use gstreamer_rtsp_server::subclass::prelude::*;
use gstreamer_rtsp_server::{RTSPAuth, RTSPContext, RTSPMediaFactory, RTSPToken};
use serde_json::json;

use crate::report::{Events, mount_of};

/// The role of everybody who has logged in.
const ROLE: &str = "viewer";

/// User and password, and how they are asked for.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
    /// Digest, else Basic.
    pub digest: bool,
}

mod imp {
    use super::{Arc, Events, OnceLock, RTSPAuth, RTSPContext, glib, json, mount_of};
    use gstreamer_rtsp_server::subclass::prelude::*;

    #[derive(Debug, Default)]
    pub struct Auth {
        pub events: OnceLock<Arc<Events>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Auth {
        const NAME: &'static str = "CamsimAuth";
        type Type = super::Auth;
        type ParentType = RTSPAuth;
    }

    impl ObjectImpl for Auth {}

    impl RTSPAuthImpl for Auth {
        /// Called for every 401. The first one of a connection only asks for the login; it is a
        /// refusal if the request did carry one.
        fn generate_authenticate_header(&self, context: &RTSPContext) {
            let tried = context
                .request()
                .is_some_and(|request| !request.parse_auth_credentials().is_empty());
            if let (true, Some(events)) = (tried, self.events.get()) {
                let (camera, stream) = mount_of(context).unwrap_or_default();
                events.emit(&json!({"event": "unauthorized", "camera": camera, "stream": stream}));
            }
            self.parent_generate_authenticate_header(context);
        }
    }
}

glib::wrapper! {
    /// `RTSPAuth` that reports refusals.
    pub struct Auth(ObjectSubclass<imp::Auth>) @extends RTSPAuth;
}

/// The check to hang into the server.
pub fn auth(login: &Login, events: &Arc<Events>) -> Auth {
    let auth: Auth = glib::Object::new();
    // Set once, right after creation.
    auth.imp().events.set(Arc::clone(events)).ok();
    let token = RTSPToken::builder().field("media.factory.role", ROLE).build();
    if login.digest {
        auth.set_supported_methods(RTSPAuthMethod::Digest);
        auth.add_digest(&login.user, &login.password, &token);
    } else {
        auth.set_supported_methods(RTSPAuthMethod::Basic);
        let basic = RTSPAuth::make_basic(&login.user, &login.password);
        auth.add_basic(&basic, &token);
    }
    auth
}

/// Lets everybody who has logged in watch this mount.
pub fn admit(factory: &RTSPMediaFactory) {
    let role = Structure::builder(ROLE)
        .field("media.factory.access", true)
        .field("media.factory.construct", true)
        .build();
    factory.add_role_from_structure(&role);
}
