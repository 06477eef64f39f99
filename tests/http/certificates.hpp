#pragma once
// A certificate authority of the test's own, and what it issues. What goes wrong here crashes.

#include <filesystem>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "ground/base/check.hpp"

namespace batchd::test {

class Certificate {
 public:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using X = std::unique_ptr<X509, decltype(&X509_free)>;

  // Signs itself.
  static Certificate authority(const std::string& name) {
    Certificate made(name);
    made.extend(NID_basic_constraints, "critical,CA:TRUE");
    made.extend(NID_key_usage, "critical,keyCertSign");
    made.sign(made);
    return made;
  }
  // names: "DNS:localhost,IP:127.0.0.1". Valid from yesterday for `days`, which may be 0: expired an hour ago.
  static Certificate issued_by(const Certificate& issuer, const std::string& names, long days = 2) {
    Certificate made("server");
    const long seconds = days == 0 ? -3600 : days * 86'400;
    check(X509_gmtime_adj(X509_getm_notAfter(made.x_.get()), seconds) != nullptr, "a time can be set");
    made.extend(NID_subject_alt_name, names);
    made.sign(issuer);
    return made;
  }

  static Certificate signed_by_itself(const std::string& names) {
    Certificate made("server");
    made.extend(NID_subject_alt_name, names);
    made.sign(made);
    return made;
  }

  void write_certificate(const std::filesystem::path& path) const {
    FILE* file = std::fopen(path.c_str(), "w");
    check(file != nullptr && PEM_write_X509(file, x_.get()) == 1, "a certificate can be written");
    std::fclose(file);
  }
  void write_key(const std::filesystem::path& path) const {
    FILE* file = std::fopen(path.c_str(), "w");
    check(file != nullptr && PEM_write_PrivateKey(file, key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "a key can be written");
    std::fclose(file);
  }

 private:
  explicit Certificate(const std::string& name)
      : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), x_(X509_new(), &X509_free) {
    static long serial = 1;
    X509_set_version(x_.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x_.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x_.get()), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(x_.get()), 2 * 86'400);
    X509_set_pubkey(x_.get(), key_.get());
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x_.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0);
  }
  void extend(int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    check(extension != nullptr && X509_add_ext(x_.get(), extension, -1) == 1, "an extension can be added");
    X509_EXTENSION_free(extension);
  }
  void sign(const Certificate& issuer) {
    X509_set_issuer_name(x_.get(), X509_get_subject_name(issuer.x_.get()));
    check(X509_sign(x_.get(), issuer.key_.get(), EVP_sha256()) > 0, "a certificate can be signed");
  }

  Key key_;
  X x_;
};

}  // namespace batchd::test
