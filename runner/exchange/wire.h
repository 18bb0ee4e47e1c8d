/* Between what a provider's adapter knows and what the network knows, which do not know each
 * other. */
#ifndef RUNNER_EXCHANGE_WIRE_H
#define RUNNER_EXCHANGE_WIRE_H

#include "runner/net/classify.h"
#include "runner/net/http.h"
#include "runner/provider/provider.h"

/* The request of the adapter as one for http_start, with the certificates and the proxy of the
 * configuration. Everything in it belongs to the two. */
struct http_request wire_request(const struct provider_config *config,
                                 const struct provider_request *request);

/* What a transfer that broke means. */
struct fault_class wire_transport_class(const struct http_result *result);

/* Where the adapter could not tell a class, the status does; the headers say how long to wait. */
void wire_settle_fault(struct reply_fault *fault, const struct http_response *response);

#endif
