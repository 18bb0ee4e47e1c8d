/* The port of a URL. */
#ifndef RUNNER_SANDBOX_URL_PORT_H
#define RUNNER_SANDBOX_URL_PORT_H

/* As the URL says (http://host:8080/x), else its scheme's: http 80, https 443, as libcurl takes it
 * for proxies too: socks 1080, no scheme 1080. 0: it is no port. */
int url_port(const char *url);

#endif
