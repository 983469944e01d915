//! Which addresses may be called.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Where calls may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// https to public addresses only.
    Public,
    /// Anything, for local work (`ALLOW_HTTP=1`).
    Anywhere,
}

/// Why a base URL was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is not a URL, or has no host.
    #[error("is not a URL such as https://marketplace.empik.com, its host in ASCII")]
    NotAUrl,
    /// It is not https.
    #[error("must start with https:// (ALLOW_HTTP=1 lifts this for local work)")]
    NotHttps,
    /// It carries a user name, a password, a query or a fragment.
    #[error("must hold neither a user name nor a password, a query or a fragment")]
    Extra,
    /// It names an address that is not on the public internet.
    #[error("names an address that is not public (ALLOW_HTTP=1 lifts this for local work)")]
    NotPublic,
}

/// Checks a base URL from the settings and strips a trailing `/` and a trailing `/api`, which both
/// systems' clients add themselves.
///
/// # Errors
/// Says what is wrong with the address.
pub fn base_url(text: &str, reach: Reach) -> Result<Url, AddressError> {
    let mut url = Url::parse(text.trim()).map_err(|_| AddressError::NotAUrl)?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(AddressError::NotAUrl);
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(AddressError::Extra);
    }
    if reach == Reach::Public {
        if url.scheme() != "https" {
            return Err(AddressError::NotHttps);
        }
        let public = match url.host() {
            Some(Host::Ipv4(ip)) => is_public(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => is_public(IpAddr::V6(ip)),
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                name.contains('.')
                    && ![".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end))
            }
            None => false,
        };
        if !public {
            return Err(AddressError::NotPublic);
        }
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(path.strip_suffix("/api").unwrap_or(&path));
    Ok(url)
}

/// Resolves names and drops every address that is not public, so that a name which turns to an
/// inner address after the check above is refused at the moment of use.
#[derive(Debug)]
pub(crate) struct PublicOnly;

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name resolves to no public address")
    }
}

impl Error for Refused {}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(Box::new(Refused) as Box<dyn Error + Send + Sync>);
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether a failed request was stopped by [`PublicOnly`].
pub(crate) fn was_refused(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<Refused>() {
            return true;
        }
        source = inner.source();
    }
    false
}

/// Whether an address is on the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4() {
        return is_public_v4(v4);
    }
    let s = ip.segments();
    // Only global unicast, less the ranges that wrap a v4 address or exist for documentation.
    (s[0] & 0xe000) == 0x2000
        && s[0] != 0x2002
        && !(s[0] == 0x2001 && (s[1] < 0x0200 || s[1] == 0x0db8))
        && !(s[0] == 0x3fff && s[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_normalised() {
        for (given, expected) in [
            ("https://marketplace.empik.com", "https://marketplace.empik.com/"),
            ("https://marketplace.empik.com/", "https://marketplace.empik.com/"),
            (" https://marketplace.empik.com/api/ ", "https://marketplace.empik.com/"),
            ("https://proxy.example/empik/api", "https://proxy.example/empik"),
        ] {
            assert_eq!(base_url(given, Reach::Public).map(String::from).as_deref(), Ok(expected), "{given}");
        }
    }

    #[test]
    fn bad_base_urls_are_refused_with_a_reason() {
        for (given, expected) in [
            ("marketplace.empik.com", AddressError::NotAUrl),
            ("ftp://marketplace.empik.com", AddressError::NotAUrl),
            ("https://żółw.example", AddressError::NotAUrl),
            ("http://marketplace.empik.com", AddressError::NotHttps),
            ("https://user@marketplace.empik.com", AddressError::Extra),
            ("https://marketplace.empik.com?x=1", AddressError::Extra),
            ("https://localhost", AddressError::NotPublic),
            ("https://a.internal", AddressError::NotPublic),
            ("https://127.0.0.1", AddressError::NotPublic),
            ("https://0x7f.1", AddressError::NotPublic),
            ("https://169.254.169.254", AddressError::NotPublic),
            ("https://[::1]", AddressError::NotPublic),
            ("https://[::ffff:10.0.0.1]", AddressError::NotPublic),
            ("https://[fd00::1]", AddressError::NotPublic),
            ("https://100.64.0.1", AddressError::NotPublic),
        ] {
            assert_eq!(base_url(given, Reach::Public), Err(expected), "{given}");
        }
        assert!(base_url("http://127.0.0.1:8080", Reach::Anywhere).is_ok());
    }

    #[tokio::test]
    async fn names_of_inner_addresses_are_refused_when_used() {
        let client = crate::client(Reach::Public).expect("a client");
        let error = client.get("https://localhost:1/").send().await.expect_err("refused");
        assert!(was_refused(&error));
    }
}
