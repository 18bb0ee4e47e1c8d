/* The tool keeper: a process of its own between the runner and what the operator's tools are, made
 * by fork and exec before the runner closes itself in, so that no key of a provider is in its
 * memory. It starts commands and servers, knows their documents and the credentials that these
 * name, and reads no byte of a provider. It ends with its link, and with the runner. */
#ifndef RUNNER_TOOL_KEEPER_PROCESS_H
#define RUNNER_TOOL_KEEPER_PROCESS_H

#define KEEPER_FLAG "--keeper"

enum { KEEPER_FD = 3 };

/* Serves the link (keeper_link.h) until its other end is closed: the exit status. */
int keeper_main(int fd);

#endif
