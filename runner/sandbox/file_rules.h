/* The files that a process with libcurl, OpenSSL and libc's resolver reads. */
#ifndef RUNNER_SANDBOX_FILE_RULES_H
#define RUNNER_SANDBOX_FILE_RULES_H

/* Adds them to a ruleset of Landlock, for reading. What is not there is passed over; ca_dir may be
 * NULL. 0 or -errno.
 */
int file_rules_add(int ruleset, const char *ca_dir);

#endif
