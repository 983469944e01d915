//! TLS before plain addresses, with a certificate of its own that a program can be told to trust.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// Who can stand before an address.
pub struct Tls {
    acceptor: TlsAcceptor,
    folder: tempfile::TempDir,
}

impl Tls {
    /// With a fresh certificate for this machine.
    pub fn new() -> Tls {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .expect("a key that fits");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).expect("a file");
        Tls { acceptor: TlsAcceptor::from(Arc::new(config)), folder }
    }

    /// The file with the certificate.
    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// What makes a program trust it: for OpenSSL and the bridge, botocore, and requests.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"]
            .map(|name| (name, self.file().display().to_string()))
            .into()
    }

    /// An address under which `plain`, an `http://` address of this machine, is reached over TLS.
    pub async fn before(&self, plain: &str) -> String {
        let address = plain.strip_prefix("http://").expect("a plain address");
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        let host = host.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address");
        let acceptor = self.acceptor.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, host) = (acceptor.clone(), host.clone());
                tokio::spawn(async move {
                    let mut outside = acceptor.accept(stream).await?;
                    let mut inside = TcpStream::connect(host).await?;
                    tokio::io::copy_bidirectional(&mut outside, &mut inside).await
                });
            }
        });
        format!("https://{own}/{path}")
    }
}
