/* What a failed transfer means: the table of error classes, as pure functions. The reading of an
 * error body, which comes before all of this, belongs to the provider's adapter. */
#ifndef RUNNER_NET_CLASSIFY_H
#define RUNNER_NET_CLASSIFY_H

struct fault_class {
    const char *kind; /* "transient" or "permanent" */
    const char *code;
};

/* curl_code: a CURLcode other than CURLE_OK. */
struct fault_class classify_transport(int curl_code);
/* status: an HTTP status that is not 2xx. */
struct fault_class classify_status(int status);

#endif
