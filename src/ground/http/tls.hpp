#pragma once
// Internal to the room: TLS contexts, and what a failed handshake means in words.

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "ground/http/sockets.hpp"

namespace batchd::http {

using TlsContext = boost::asio::ssl::context;

// TLS 1.2 or newer; trusts `ca_file` alone, or the system's authorities.
Result<std::unique_ptr<TlsContext>> make_client_context(const std::optional<Path>& ca_file);
Result<std::unique_ptr<TlsContext>> make_server_context(const Path& certificate_file, const Path& key_file);

// What the handshake found wrong with the certificate.
struct CertificateComplaint {
  std::string names;  // what the certificate is for: "a.example, *.b.example"
};

// Before the handshake: the certificate must be good, and for `host`. The complaint is filled by the handshake.
Status expect_host(TlsSocket& socket, const std::string& host, const std::shared_ptr<CertificateComplaint>& complaint);

// The sentence for a handshake that failed; `where` is "host:port".
Error handshake_error(TlsSocket& socket, const ErrorCode& error, const std::string& host, const std::string& where,
                      const CertificateComplaint& complaint, const std::optional<Path>& ca_file);

}  // namespace batchd::http
