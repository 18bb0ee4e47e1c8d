#include "probe_hint.h"

#include <string.h>

#include "common/cleanup.h"

static const struct {
    const char *code, *hint;
} HINTS[] = {
    {"dns", "check the host in base_url (or in proxy), and the name service of this machine"},
    {"connect", "check host and port in base_url; is the server running, does a firewall forbid "
                "it, is a proxy needed?"},
    {"connect_timeout", "check host and port in base_url; a firewall may drop the packets, or a "
                        "proxy be needed"},
    {"no_answer", "the server takes the connection and says nothing: try again later, or look "
                  "into its log"},
    {"tls_handshake", "the two sides agree on no encryption: is it an https server, and is "
                      "base_url right?"},
    {"tls", "the certificate is not trusted: for a private authority set ca_file; else base_url "
            "names the wrong host"},
    {"auth", "the key is refused: correct it or make a new one, and reload councild"},
    {"insufficient_credit", "the account has no credit: top it up"},
    {"quota_exhausted", "the account's quota is used up: raise it at the provider, or wait"},
    {"rate_limited", "too many requests: try again later; a lower max_in_flight keeps a council "
                     "below the limit"},
    {"model_not_found", "correct the model's name; councilctl models PROVIDER lists them"},
    {"invalid_request", "the provider does not take the request: is `type` its wire format, and "
                        "does the model take this?"},
    {"unexpected_redirect", "base_url is redirected, which is not followed because of the key: "
                            "configure the final address"},
    {"bad_response", "the answer has another form: is `type` the wire format of base_url?"},
    {"response_too_large", "the answer is longer than is taken"},
    {"content_filtered", "the provider's filter refuses a harmless question: look at the account's "
                         "settings"},
    {"server_error", "the provider has trouble: try again later"},
    {"overloaded", "the provider has trouble: try again later"},
    {"request_timeout", "the provider has trouble: try again later"},
    {"conflict", "the provider has trouble: try again later"},
    {"connection_lost", "the connection broke: try again; a proxy between may cut it"},
    {"attempt", "the model did not answer in time: try again later, or raise its time-outs"},
    {"first_token", "the model did not answer in time: try again later, or raise its time-outs"},
    {"stall", "the model fell silent: try again later, or raise stall_ms"},
};

const char *probe_hint(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(HINTS); i++)
        if (!strcmp(HINTS[i].code, code))
            return HINTS[i].hint;
    return "";
}
