#include "ground/http/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace batchd::http {

namespace ssl = boost::asio::ssl;

namespace {

constexpr std::size_t names_shown_max = 5;

bool is_address(const std::string& host) {
  ErrorCode error;
  (void)boost::asio::ip::make_address(host, error);
  return !error;
}

// The DNS names and addresses of a certificate, for a sentence.
std::string names_of(X509* certificate) {
  std::string names;
  auto* all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const int count = all != nullptr ? sk_GENERAL_NAME_num(all) : 0;
  std::size_t shown = 0;
  for (int i = 0; i < count && shown < names_shown_max; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type != GEN_DNS) continue;
    const auto* text = ASN1_STRING_get0_data(name->d.dNSName);
    names += (names.empty() ? "" : ", ");
    names.append(reinterpret_cast<const char*>(text), static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    ++shown;
  }
  GENERAL_NAMES_free(all);
  return names;
}

Error verify_error(long verdict, const std::string& host, const std::string& where,
                   const CertificateComplaint& complaint, const std::optional<Path>& ca_file) {
  const std::string reason = X509_verify_cert_error_string(verdict);
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Error(ErrorKind::network,
                   "the TLS certificate presented by " + where + " is not for \"" + host + "\"" +
                       (complaint.names.empty() ? "" : " but for " + complaint.names),
                   "Check the host in the URL (base_url): it must be a name the certificate was issued for. "
                   "http.ca_file does not change that.");
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Error(ErrorKind::network,
                   "the TLS certificate presented by " + where + " is not valid now (" + reason + ")",
                   "Check this machine's date; if it is right, the server's certificate must be renewed. "
                   "http.ca_file does not change that.");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return Error(ErrorKind::network,
                   "the TLS certificate presented by " + where + " is signed by itself, by no authority",
                   "If the server is yours, name a file with that certificate (PEM) in http.ca_file. If it is a public "
                   "one, ask who reads along on this network.");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      if (ca_file)
        return Error(ErrorKind::network,
                     "the TLS certificate presented by " + where + " was not issued by an authority in " +
                         ca_file->string() + " (" + reason + ")",
                     "Put the issuing authority's certificate (PEM) into that ca_file, or remove http.ca_file to trust "
                     "the system's authorities.");
      return Error(
          ErrorKind::network,
          "the TLS certificate presented by " + where + " was not issued by an authority this machine trusts (" +
              reason + ")",
          "If the server is yours, name its authority's certificate (PEM) in http.ca_file. If it is a public one, "
          "install the package ca-certificates, or ask who reads along on this network.");
    default:
      return Error(ErrorKind::network, "the TLS certificate presented by " + where + " was refused: " + reason,
                   "The server's certificate must be repaired.");
  }
}

}  // namespace

Result<std::unique_ptr<TlsContext>> make_client_context(const std::optional<Path>& ca_file) {
  ErrorCode error;
  auto context = std::make_unique<TlsContext>(TlsContext::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  context->set_verify_mode(ssl::verify_peer, error);
  if (ca_file) {
    context->load_verify_file(ca_file->string(), error);
    if (error)
      return Error(ErrorKind::invalid,
                   "cannot read certificates from ca_file " + ca_file->string() + ": " + error.message(),
                   "ca_file names a readable file with one or more certificates in PEM form.");
  } else {
    context->set_default_verify_paths(error);
    if (error)
      return Error(ErrorKind::invalid, "cannot load the system's certificate authorities: " + error.message(),
                   "Install the package ca-certificates, or set ca_file.");
  }
  return context;
}

Result<std::unique_ptr<TlsContext>> make_server_context(const Path& certificate_file, const Path& key_file) {
  ErrorCode error;
  auto context = std::make_unique<TlsContext>(TlsContext::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->use_certificate_chain_file(certificate_file.string(), error);
  if (error)
    return Error(ErrorKind::invalid,
                 "cannot use the TLS certificate " + certificate_file.string() + ": " + error.message(),
                 "It must be a readable PEM file: the server's certificate first, then those that issued it.");
  context->use_private_key_file(key_file.string(), TlsContext::pem, error);
  if (error)
    return Error(ErrorKind::invalid, "cannot use the TLS key " + key_file.string() + ": " + error.message(),
                 "It must be a readable PEM file with the key of the certificate " + certificate_file.string() + ".");
  return context;
}

Status expect_host(TlsSocket& socket, const std::string& host, const std::shared_ptr<CertificateComplaint>& complaint) {
  SSL* tls = socket.native_handle();
  X509_VERIFY_PARAM* expected = SSL_get0_param(tls);
  const bool address = is_address(host);
  // Server Name Indication is for names only (RFC 6066).
  const bool told = address ? X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1
                            : SSL_set_tlsext_host_name(tls, host.c_str()) == 1 &&
                                  X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size()) == 1;
  if (!told) return Error(ErrorKind::invalid, "\"" + host + "\" cannot be the name of a TLS server", "Check base_url.");
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);

  ErrorCode error;
  socket.set_verify_callback(
      [complaint](bool good, ssl::verify_context& context) {
        // Only listens: OpenSSL has judged already, the host name included.
        if (!good && X509_STORE_CTX_get_error_depth(context.native_handle()) == 0)
          complaint->names = names_of(X509_STORE_CTX_get_current_cert(context.native_handle()));
        return good;
      },
      error);
  return {};
}

Error handshake_error(TlsSocket& socket, const ErrorCode& error, const std::string& host, const std::string& where,
                      const CertificateComplaint& complaint, const std::optional<Path>& ca_file) {
  const long verdict = SSL_get_verify_result(socket.native_handle());
  if (verdict != X509_V_OK) return verify_error(verdict, host, where, complaint, ca_file);
  if (error.category() == boost::asio::error::get_ssl_category()) {
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)
      return Error(ErrorKind::network, where + " does not speak TLS",
                   "If it is a plain HTTP server, write http:// in the URL (base_url); else check the port.");
  }
  return Error(ErrorKind::network, "the TLS handshake with " + where + " failed: " + error.message(),
               "Check the host and port of the URL (base_url), and whether a proxy or firewall stands between.");
}

}  // namespace batchd::http
