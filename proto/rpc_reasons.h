/* Why a request was not done, as the errors of the protocol name it. */
#ifndef PROTO_RPC_REASONS_H
#define PROTO_RPC_REASONS_H

/* What went wrong; data.reason of the error, in this order in the table of the docs. */
enum rpc_reason {
    RPC_PARSE_ERROR,
    RPC_INVALID_REQUEST,
    RPC_METHOD_NOT_FOUND,
    RPC_INVALID_PARAMETER,
    RPC_INVALID_OPTION,
    RPC_INVALID_COUNCIL,
    RPC_MAX_CHILDREN,
    RPC_ALREADY_STARTED,
    RPC_SHUTTING_DOWN,
    RPC_START_FAILED,
    RPC_NOT_FOUND,
    RPC_BAD_REF,
    RPC_UNKILLABLE,
    RPC_TIMEOUT,
    RPC_REQUEST_TOO_LARGE,
    RPC_TOO_MANY_CONNECTIONS,
    RPC_PERMISSION_DENIED,
    RPC_KEY_REUSED,
    RPC_RELOAD_FAILED,
    RPC_INTERNAL_ERROR,
    RPC_REASON_COUNT
};

const char *rpc_reason_name(enum rpc_reason reason);
int rpc_reason_code(enum rpc_reason reason);
const char *rpc_reason_message(enum rpc_reason reason); /* error.message where none is given */
const char *rpc_reason_doc(enum rpc_reason reason);     /* when it happens, one line */
const char *rpc_reason_members(
    enum rpc_reason reason); /* what else is in data: "run_id, pid"; "" */

#endif
