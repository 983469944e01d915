//! What every HTTP client of the process has in common: one TLS configuration and its roots.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore, crypto};

/// Names a file of PEM certificates that are trusted in place of the ones that are compiled in, such
/// as those of a company whose proxy looks into TLS. Other tools know the variable too.
const ROOTS: &str = "SSL_CERT_FILE";

/// Why there is no HTTP client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// rustls or the client on top of it refused its settings.
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
    /// The same, from TLS.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The file of certificates.
    #[error(
        "the file that SSL_CERT_FILE names cannot be read as PEM certificates: name another, or unset it"
    )]
    Roots(#[from] pem::Error),
}

/// The beginnings of a client: rustls with Mozilla's roots or those of `SSL_CERT_FILE`, no redirects,
/// no cookies, no proxy from the environment.
///
/// # Errors
/// When TLS cannot be set up, or `SSL_CERT_FILE` cannot be read.
pub fn builder() -> Result<reqwest::ClientBuilder, ClientError> {
    let tls = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots()?)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("empik-thulium-bridge/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy())
}

/// Compiled in, since reading and decoding the system's would take longer than all the rest of a cold
/// start.
fn roots() -> Result<RootCertStore, ClientError> {
    match std::env::var_os(ROOTS) {
        Some(file) if !file.is_empty() => roots_of(Path::new(&file)),
        _ => Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }),
    }
}

fn roots_of(file: &Path) -> Result<RootCertStore, ClientError> {
    let mut store = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(file)?.collect::<Result<Vec<_>, _>>()?;
    // As everywhere, one that is old or odd does not keep the others away.
    let (added, _) = store.add_parsable_certificates(certificates);
    if added == 0 { Err(pem::Error::NoItemsFound.into()) } else { Ok(store) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBjzCCATWgAwIBAgIURMYdnruFN1dyXknu9Crj/uOT51swCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRQSBjb21wYW55J3MgcHJveHkwIBcNMjYxMTI1MDg1NzMzWhgP
MjEyNjExMDEwODU3MzNaMBwxGjAYBgNVBAMMEUEgY29tcGFueSdzIHByb3h5MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyNHm6w8Eeh7fWobO5zFMkOe0+B5Rjc0/
/gf+4joOULxK6cIOnAGw9/azDw1qDKARYyZCssuz1FfDkG8agJLzF6NTMFEwHQYD
VR0OBBYEFIXZDv1LN80gRklCbpGYTRyqzHBJMB8GA1UdIwQYMBaAFIXZDv1LN80g
RklCbpGYTRyqzHBJMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIg
Q9cCaSAoeovenUW/+z0hSBrjEN3uTCh8gJUgqqQRP9gCIQCnpgtM4H3FKROb5+Fk
L/VinKmKsaBS8HkeXTazMo49FA==
-----END CERTIFICATE-----
";

    fn store(name: &str, text: &str) -> Result<usize, String> {
        let file = std::env::temp_dir().join(format!("roots-{}-{name}.pem", std::process::id()));
        std::fs::write(&file, text).expect("written");
        let roots = roots_of(&file).map(|store| store.len()).map_err(|error| error.to_string());
        std::fs::remove_file(&file).expect("removed");
        roots
    }

    #[test]
    fn a_file_of_certificates_takes_the_place_of_those_compiled_in() {
        assert_eq!(store("two", &AUTHORITY.repeat(2)), Ok(2));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named_by_its_variable() {
        let told =
            "the file that SSL_CERT_FILE names cannot be read as PEM certificates: name another, or unset it";
        let cut = AUTHORITY.replace("-----END CERTIFICATE-----", "");
        for (name, text) in [("empty", ""), ("cut", cut.as_str()), ("text", "certificates")] {
            assert_eq!(store(name, text), Err(told.to_owned()), "{name}");
        }
        let missing = roots_of(Path::new("/nonexistent/roots.pem")).expect_err("there is none");
        assert_eq!(missing.to_string(), told);
    }
}
