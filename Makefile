# councild: the one door. `make help` lists the targets.
#
#   make               build/councild, build/council-runner, build/councilctl
#   make SAN=1 ...     the same under build/san/, with AddressSanitizer and UBSan
#   make deps          installs what `make` needs; `make deps-test` what the tests need
#   make demo          a council under a real daemon, from start to clean end
#   make check         unit tests only, seconds
#   make test          unit and system tests with sanitizers, minutes
#   make test ONLY=x   one test: file.Class.test or a part of it, a program of unit tests, or a test in one
#   make test-all      everything else that a machine can run: the next ten, and make check
#   make test-build    the programs as files: hardened, the same from another folder, told whole by make sbom
#   make test-escape   what a taken-over runner or tool can reach: each way out is tried; cgroups and bare kernels need root
#   make test-peers    system tests that talk to programs from npm
#   make test-power    the power is cut at every sync of a run, on ext4 and xfs; needs root and loop devices
#   make test-systemd  two tenants, their people and a hostile tool on a real systemd, booted in private namespaces; needs root
#   make test-kernel   what memory and pids controllers do to a run, and the escape kit, on an emulated older kernel (amd64)
#   make mutants       wrong daemons: each patch of tests/mutants has to be noticed by the tests that it names; MUTANTS= picks some
#   make sample        mutants that are drawn, and how many of them the unit tests see; SAMPLE= SEED=, needs root
#   make torture       random churn, failing allocations, chains of resumptions; TORTURE_SECONDS= SEED= RESUME_CHAINS=
#   make fuzz          libFuzzer on every parser, FUZZ_SECONDS each (clang)
#   make lint          layout, warnings of two compilers, rooms and rings, lengths
#   make bench         the figures, each beside a raw probe; FIGURES="start down" picks some
#   make golden        tests/golden: what each model is told and what runs record, as text for a reviewer
#   make coverage      which lines the unit tests execute, and which all tests do, by folder
#   make sbom          build/councild.spdx.json: what the programs consist of, as SPDX 2.3 (needs python3)
#   make docs          the pages that are made from tables, and the law on the page of the architecture
#   make format        lays the sources out
#   make install       DESTDIR= PREFIX=/usr/local; make uninstall takes it back
#   make clean         removes build/

VERSION := 0.1.0
SAN ?= 0
ifeq ($(SAN),1)
BUILD ?= build/san
else
BUILD ?= build
endif
PREFIX ?= /usr/local
DESTDIR ?=
LIBEXECDIR ?= $(PREFIX)/libexec/councild
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -Wnull-dereference \
	-Wdate-time
ifeq ($(findstring clang,$(CC)),)
WARN += -Wno-format-truncation
else
# clang does not take the comments in uthash's macros for annotations; gcc checks the rest.
WARN += -Wno-implicit-fallthrough
endif
ifeq ($(SAN),1)
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
WARN += -Wno-null-dereference
# Linked some hundred times: gold, where there is one, takes half as long.
LDOPT := -fsanitize=address,undefined $(if $(findstring clang,$(CC)),,$(if $(shell command -v ld.gold),-fuse-ld=gold))
# The tests start these programs some thousand times: a fifth of such a start is the finding of the sanitizers' libraries.
# (clang links them statically without being asked.)
LDPROGRAM := $(if $(findstring clang,$(CC)),,-static-libasan -static-libubsan)
else
# What this compiler has for this architecture: marks where indirect jumps may land, variables that begin as zero.
takes = $(shell echo 'int x;' | $(CC) -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo '$(1)')
HARDEN := $(call takes,-fcf-protection) $(call takes,-mbranch-protection=standard) $(call takes,-ftrivial-auto-var-init=zero)
OPT := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection $(HARDEN)
# Two folders make equal programs. Not among the flags that objects depend on: a copied folder is not built anew.
MAP := -ffile-prefix-map=$(CURDIR)=.
LDOPT := -Wl,-z,relro,-z,now -Wl,--as-needed
endif
CPPFLAGS_ALL := -D_GNU_SOURCE -DCOUNCILD_VERSION='"$(VERSION)"' -DLIBEXECDIR='"$(LIBEXECDIR)"' \
	-DPREFIX='"$(PREFIX)"' -include common/banned.h
CFLAGS_ALL := -std=gnu11 -fPIE $(WARN) $(OPT) $(CFLAGS)
# Tests are compiled more often than their own instructions are worth.
CFLAGS_TEST := $(patsubst -O1,-O0,$(CFLAGS_ALL))

# ---- the house --------------------------------------------------------------------------------------------------------
# Trees, and what each may see beside common/; inside a tree its floors: a room sees the rooms to its right, rooms joined by a
# comma never each other, `.` is the tree's own files. docs/architecture.md shows the same picture; `make lint` holds the two
# together and proves both from the dependency files. Includes name a header by its whole path, but for those of the own room.
TREES := common proto serve client story daemon runner/deliberation runner/provider runner/net runner ctl
SEES_proto :=
SEES_serve := proto
SEES_client := proto
SEES_story := proto runner/deliberation
SEES_daemon := serve proto
SEES_runner_deliberation := proto
SEES_runner_provider := proto
SEES_runner := proto runner/deliberation runner/provider runner/net
SEES_ctl := client story proto runner/deliberation
FLOORS_proto := council council/round council/seat council/check council/tables methods objects . json
FLOORS_daemon := . method method/handler method/desk watch run runner core settings records sync,cgroup os
FLOORS_runner_deliberation := . council types round call state count,form words
FLOORS_runner := . probe exchange,tool link sandbox
FLOORS_ctl := . command follow session tenant view terminal
# Trees whose floors are not kept yet: every room of them sees all of it.
OPEN :=

PKG_common := jansson
PKG_proto := jansson libcrypto
PKG_serve := jansson libevent_core
PKG_client := jansson
PKG_story := jansson
PKG_daemon := jansson libevent_core
PKG_runner_deliberation := jansson libcrypto
PKG_runner_provider := jansson
PKG_runner_net := libcurl
PKG_runner := jansson libcurl libcrypto
PKG_ctl := jansson libcrypto

# What stands below a tree when a program or a unit test is linked.
LINK_common := common
LINK_proto := proto $(LINK_common)
LINK_serve := serve $(LINK_proto)
LINK_client := client $(LINK_proto)
LINK_daemon := daemon $(LINK_serve)
LINK_runner_deliberation := runner/deliberation $(LINK_proto)
LINK_runner_provider := runner/provider $(LINK_proto)
LINK_runner_net := runner/net $(LINK_common)
LINK_runner := runner runner/provider runner/net $(LINK_runner_deliberation)
LINK_story := story $(LINK_runner_deliberation)
LINK_ctl := ctl client $(LINK_story)
LINKPKG_common := jansson
LINKPKG_proto := jansson libcrypto
LINKPKG_serve := jansson libevent_core libcrypto
LINKPKG_client := jansson libcrypto
LINKPKG_story := jansson libcrypto
LINKPKG_daemon := jansson libevent_core libcrypto
LINKPKG_runner_deliberation := jansson libcrypto
LINKPKG_runner_provider := jansson libcrypto
LINKPKG_runner_net := libcurl jansson
LINKPKG_runner := jansson libcurl libcrypto
LINKPKG_ctl := jansson libcrypto

id = $(subst /,_,$(1))
lib = $(BUILD)/lib/$(call id,$(1)).a
libs = $(foreach t,$(LINK_$(call id,$(1))),$(call lib,$(t)))
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)
MAINS := daemon/main.c runner/main.c ctl/main.c
comma := ,

.PHONY: all check test demo bench lint format install uninstall clean help docs deps deps-test peers test-bins FORCE
all: programs
.PHONY: programs
.DELETE_ON_ERROR:

# floors TREE; path TREE,ROOM; rooms TREE; after FLOORS,ROOM: the floors behind the one that holds ROOM.
floors = $(or $(FLOORS_$(call id,$(1))),.)
path = $(1)$(patsubst %/.,,$(patsubst %,/%,$(filter-out .,$(2))))
rooms = $(foreach r,$(subst $(comma), ,$(call floors,$(1))),$(call path,$(1),$(r)))
after = $(if $(1),$(if $(filter $(2),$(subst $(comma), ,$(firstword $(1)))),$(wordlist 2,99,$(1)),$(call after,$(wordlist 2,99,$(1)),$(2))))
# sees TREE,ROOM: folders, linked whole; `folder/.` stands for its own headers only.
inside = $(foreach r,$(subst $(comma), ,$(call after,$(call floors,$(1)),$(2))),$(if $(filter .,$(r)),$(1)/.,$(1)/$(r)))
sees = $(filter-out $(1),common) $(if $(filter $(1),$(OPEN)),$(filter-out $(1)/%,$(SEES_$(call id,$(1)))) $(1),$(SEES_$(call id,$(1))) $(call inside,$(1),$(2)))

# room_rules TREE,ROOM,ID
define room_rules
OBJ_$(call id,$(1)) += $$(patsubst %.c,$$(BUILD)/obj/%.o,$$(filter-out $$(MAINS),$$(wildcard $(call path,$(1),$(2))/*.c)))
$$(BUILD)/view/$(3)/.made: Makefile $$(patsubst %/.,%,$$(filter %/.,$$(call sees,$(1),$(2))))
	@rm -rf $$(@D) && mkdir -p $$(@D)
	@for f in $$(call sees,$(1),$(2)); do case $$$$f in */.) mkdir -p $$(@D)/$$$${f%/.} && ln -s $$(CURDIR)/$$$${f%/.}/*.h $$(@D)/$$$${f%/.}/;; \
		*) [ -e $$(@D)/$$$$f ] || { mkdir -p $$$$(dirname $$(@D)/$$$$f) && ln -s $$(CURDIR)/$$$$f $$(@D)/$$$$f; };; esac || exit 1; done
	@touch $$@
$$(BUILD)/obj/$(call path,$(1),$(2))/%.o: $(call path,$(1),$(2))/%.c $$(BUILD)/flags | $$(BUILD)/view/$(3)/.made
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS_ALL) -I$$(BUILD)/view/$(3) $$(call pkg,--cflags,$$(PKG_$(call id,$(1)))) $$(CFLAGS_ALL) $$(MAP) -MMD -MP -c -o $$@ $$<
endef
define tree_rules
$(foreach r,$(subst $(comma), ,$(call floors,$(1))),$(eval $(call room_rules,$(1),$(r),$(call id,$(call path,$(1),$(r))))))
$$(call lib,$(1)): $$(OBJ_$(call id,$(1))) $$(BUILD)/obj/$(1)/.list
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$(OBJ_$(call id,$(1)))
# Rewritten only when the set of files changes, so that a removed source leaves the archive.
$$(BUILD)/obj/$(1)/.list: FORCE
	@mkdir -p $$(@D)
	@echo '$$(OBJ_$(call id,$(1)))' | cmp -s - $$@ || echo '$$(OBJ_$(call id,$(1)))' > $$@
endef
Q := @
$(foreach t,$(TREES),$(eval $(call tree_rules,$(t))))

# Objects depend on the flags they were made with.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDOPT) $(LDPROGRAM) $(LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDOPT) $(LDPROGRAM) $(LDFLAGS)' > $@

# ---- programs ----------------------------------------------------------------------------------------------------
define program
ifneq ($$(wildcard $(2)/main.c),)
programs: $$(BUILD)/$(1)
$$(BUILD)/$(1): $$(BUILD)/obj/$(2)/main.o $$(call libs,$(2))
	$$(Q)$$(CC) $(3) $$(OPT) $$(LDOPT) $$(LDPROGRAM) $$(LDFLAGS) -o $$@ $$(BUILD)/obj/$(2)/main.o \
		-Wl,--start-group $$(call libs,$(2)) -Wl,--end-group \
		$$(call pkg,--libs,$$(LINKPKG_$(2))) -lm
endif
endef
# The runner is not position independent: with Debian's libcurl that saves about 370 KiB in each of
# a thousand processes. It is reached only through councild and what it reads is parsed by code that is fuzzed.
$(eval $(call program,councild,daemon,-pie))
ifeq ($(SAN),1)
$(eval $(call program,council-runner,runner,-pie))
else
$(eval $(call program,council-runner,runner,-no-pie))
endif
$(eval $(call program,councilctl,ctl,-pie))

# ---- unit tests: tests/unit/<name>/test_*.c, linked with a tree and what stands below it ---------------------------------
# unit_rules NAME,TREE
define unit_rules
UNIT_SRC_$(1) := $$(wildcard tests/unit/$(1)/test_*.c)
UNIT_BINS += $$(UNIT_SRC_$(1):tests/unit/%.c=$$(BUILD)/unit/%)
$$(BUILD)/obj/tests/unit/$(1)/%.o: tests/unit/$(1)/%.c $$(BUILD)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS_ALL) -DFIXTURES='"tests/fixtures"' -DGOLDEN='"tests/golden"' -I. -Itests/unit \
		$$(call pkg,--cflags,$$(LINKPKG_$(call id,$(2))) cmocka) $$(CFLAGS_TEST) -MMD -MP -c -o $$@ $$<
$$(BUILD)/unit/$(1)/%: $$(BUILD)/obj/tests/unit/$(1)/%.o $$(call libs,$(2)) $$(BUILD)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -o $$@ $$< $$(LDOPT) $$(LDFLAGS) $$(WRAP) \
		-Wl,--start-group $$(call libs,$(2)) -Wl,--end-group $$(call pkg,--libs,$$(LINKPKG_$(call id,$(2))) cmocka) -lm
.SECONDARY: $$(UNIT_SRC_$(1):%.c=$$(BUILD)/obj/%.o)
endef
UNIT_TREES := common:common proto:proto council:proto serve:serve client:client story:story daemon:daemon \
	deliberation:runner/deliberation provider:runner/provider net:runner/net runner:runner tool:runner sandbox:runner ctl:ctl
$(foreach u,$(UNIT_TREES),$(eval $(call unit_rules,$(firstword $(subst :, ,$(u))),$(lastword $(subst :, ,$(u))))))

# Tests that let chosen allocations or accepts fail, look at what is freed or set, set the clock, or tell of a cgroup.
$(BUILD)/unit/common/test_buf $(BUILD)/unit/common/test_wiping $(BUILD)/unit/daemon/test_keys $(BUILD)/unit/daemon/test_secret_mask $(BUILD)/unit/daemon/test_start_line $(BUILD)/unit/net/test_http_wiped $(BUILD)/unit/runner/test_secrets $(BUILD)/unit/runner/test_uplink $(BUILD)/unit/runner/test_wiped_libraries: private WRAP := -Wl,--wrap=free
$(BUILD)/unit/common/test_descriptors: private WRAP := -Wl,--wrap=read,--wrap=write,--wrap=getrandom
$(BUILD)/unit/serve/test_accept: private WRAP := -Wl,--wrap=accept4,--wrap=getrlimit
$(BUILD)/unit/common/test_keybox_regions: private WRAP := -Wl,--wrap=syscall,--wrap=ftruncate,--wrap=mmap,--wrap=munmap,--wrap=madvise,--wrap=mlock
$(BUILD)/unit/common/test_namespaces_refused: private WRAP := -Wl,--wrap=open,--wrap=unshare,--wrap=mount,--wrap=prctl,--wrap=fork,--wrap=waitpid,--wrap=geteuid,--wrap=getegid
$(BUILD)/unit/runner/test_enclosure: private WRAP := -Wl,--wrap=name_service_load,--wrap=closing_new,--wrap=closing_add_url,--wrap=closing_add_file,--wrap=closing_enforce
$(BUILD)/unit/runner/test_run_tools: private WRAP := -Wl,--wrap=tool_keeper_hook,--wrap=tool_keeper_list,--wrap=tool_keeper_call,--wrap=tool_keeper_abort,--wrap=tool_keeper_fds,--wrap=tool_keeper_wake_ms,--wrap=tool_keeper_step
$(BUILD)/unit/sandbox/test_file_rules: private WRAP := -Wl,--wrap=landlock_add_path
$(BUILD)/unit/sandbox/test_name_libraries: private WRAP := -Wl,--wrap=file_read,--wrap=dlopen,--wrap=getaddrinfo,--wrap=freeaddrinfo
$(BUILD)/unit/sandbox/test_close_in_refused: private WRAP := -Wl,--wrap=sandbox_kernel_look,--wrap=landlock_new,--wrap=landlock_add_path \
	-Wl,--wrap=landlock_add_port,--wrap=landlock_enforce,--wrap=file_rules_add,--wrap=call_filter_new,--wrap=call_filter_enforce \
	-Wl,--wrap=namespaces_is_single_threaded,--wrap=setrlimit,--wrap=prctl
$(BUILD)/unit/proto/test_sandbox_kernel: private WRAP := -Wl,--wrap=landlock_abi,--wrap=seccomp_is_there
$(BUILD)/unit/tool/test_root_refused: private WRAP := -Wl,--wrap=mount,--wrap=umount2,--wrap=mkdir,--wrap=symlink,--wrap=lstat,--wrap=open,--wrap=chdir,--wrap=tool_file_open,--wrap=syscall
$(BUILD)/unit/tool/test_box_refused: private WRAP := -Wl,--wrap=landlock_abi,--wrap=seccomp_is_there,--wrap=landlock_new \
	-Wl,--wrap=landlock_add_file,--wrap=landlock_add_port,--wrap=landlock_enforce,--wrap=tool_calls_enforce,--wrap=tool_file_open \
	-Wl,--wrap=tool_root_enter,--wrap=namespaces_keep_ids,--wrap=prctl,--wrap=setrlimit,--wrap=syscall,--wrap=waitpid
$(BUILD)/unit/common/test_files: private WRAP := -Wl,--wrap=close
$(BUILD)/unit/common/test_landlock: private WRAP := -Wl,--wrap=syscall
$(BUILD)/unit/tool/test_sweeper_refused: private WRAP := -Wl,--wrap=fstat,--wrap=fdopendir,--wrap=readdir,--wrap=unlinkat,--wrap=openat \
	-Wl,--wrap=pipe2,--wrap=fork,--wrap=mkdtemp,--wrap=lstat,--wrap=flock,--wrap=poll
$(BUILD)/unit/tool/test_keeper_loop: private WRAP := -Wl,--wrap=tools_new,--wrap=tools_free,--wrap=tools_close_in,--wrap=tools_start \
	-Wl,--wrap=tools_abort,--wrap=tools_fds,--wrap=tools_wake_ms,--wrap=tools_step,--wrap=tools_told,--wrap=tool_box_probe \
	-Wl,--wrap=tool_sweeper_start,--wrap=tool_sweeper_end,--wrap=prctl,--wrap=poll,--wrap=__poll_chk
$(BUILD)/unit/runner/test_spec_engine: private WRAP := -Wl,--wrap=engine_new
$(BUILD)/unit/tool/test_own_group: private WRAP := -Wl,--wrap=file_read
$(BUILD)/unit/net/test_http_options: private WRAP := -Wl,--wrap=curl_easy_setopt,--wrap=curl_multi_setopt,--wrap=curl_multi_poll
$(BUILD)/unit/net/test_http_refused: private WRAP := -Wl,--wrap=curl_global_init_mem,--wrap=curl_multi_init,--wrap=curl_easy_init,--wrap=curl_multi_add_handle,--wrap=curl_multi_info_read
$(BUILD)/unit/net/test_silence: private WRAP := -Wl,--wrap=clock_mono_ms
$(BUILD)/unit/proto/test_memory: private WRAP := -Wl,--wrap=malloc,--wrap=realloc,--wrap=calloc
$(BUILD)/unit/council/test_no_memory $(BUILD)/unit/daemon/test_answer_memory $(BUILD)/unit/daemon/test_method_memory \
$(BUILD)/unit/daemon/test_resources_memory: private WRAP := -Wl,--wrap=malloc,--wrap=calloc \
	-Wl,--wrap=realloc,--wrap=reallocarray,--wrap=strdup,--wrap=strndup \
	-Wl,--wrap=asprintf,--wrap=vasprintf,--wrap=__asprintf_chk,--wrap=__vasprintf_chk

# ---- fuzzing: tests/fuzz/fuzz_<target>.c with a corpus of seeds; `check` replays the corpus --------------------------------
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LIBS := $(foreach f,story runner runner/provider runner/net runner/deliberation $(LINK_daemon),$(call lib,$(f)))
FUZZ_CC = $(CC) $(CPPFLAGS_ALL) -I. -Itests/fuzz -Itests -Itests/unit $(call pkg,--cflags,$(LINKPKG_daemon)) $(CFLAGS_ALL) -MMD -MP -MF $@.d
FUZZ_LD = $(LDOPT) $(LDFLAGS) -Wl,--start-group $(FUZZ_LIBS) -Wl,--end-group $(call pkg,--libs,$(LINKPKG_daemon) cmocka) -lm
UNIT_BINS += $(FUZZ_TARGETS:%=$(BUILD)/unit/fuzz/replay_%)
$(BUILD)/unit/fuzz/replay_%: tests/fuzz/replay_corpus.c tests/fuzz/fuzz_%.c $(FUZZ_LIBS) $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -DCORPUS='"tests/fuzz/corpus/$*"' -o $@ tests/fuzz/replay_corpus.c tests/fuzz/fuzz_$*.c $(FUZZ_LD)
$(BUILD)/fuzz/%: tests/fuzz/fuzz_%.c $(FUZZ_LIBS) $(BUILD)/flags
	@mkdir -p $(@D) $(BUILD)/corpus/$*
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer -o $@ $< $(FUZZ_LD)
FUZZ_SECONDS ?= 60
fuzz-bins: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
fuzz:
	@.ci/install-packages fuzz
	@$(PARALLEL) BUILD=build/clang SAN=1 CC=clang CFLAGS=-fsanitize=fuzzer-no-link fuzz-bins
	@tests/fuzz/run $(FUZZ_SECONDS) build/clang $(FUZZ_TARGETS)
.PHONY: fuzz fuzz-bins

# ---- test peers written in C: tests/peers/*.c, one program each, with what stands in the folder of its name ----------
# They share no code with the product, and are never sanitised: a sanitiser catches signals that a peer must die of.
PEER_BINS := $(patsubst tests/peers/%.c,$(BUILD)/peers/%,$(wildcard tests/peers/*.c))
.SECONDEXPANSION:
$(BUILD)/peers/%: tests/peers/%.c $$(wildcard tests/peers/$$*/*.[ch]) $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 $(WARN) -O2 -g $(call pkg,--cflags,jansson libcrypto) -o $@ $(filter %.c,$^) \
		$(call pkg,--libs,jansson libcrypto) -lpthread
# Preloaded into runners that are to stop whenever they sync. No sanitizer in it either.
$(BUILD)/stop_at_sync.so: tests/power/stop_at_sync.c $(BUILD)/flags
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 $(WARN) -O2 -g -fPIC -shared -o $@ $<
# The escape kit, to be preloaded into a runner.
$(BUILD)/escape.so: tests/escape/inside_runner.c $(wildcard tests/peers/escape/*.[ch]) $(BUILD)/flags
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 $(WARN) -O2 -g -Itests/peers/escape -fPIC -shared -o $@ $(filter %.c,$^)
peer-bins: $(PEER_BINS) $(BUILD)/stop_at_sync.so $(BUILD)/escape.so
	@:

# ---- the bench: one program from tests/bench/*.c ---------------------------------------------------------------------
BENCH_OBJ := $(patsubst tests/bench/%.c,$(BUILD)/obj/tests/bench/%.o,$(filter-out tests/bench/idle.c tests/bench/requests.c,$(wildcard tests/bench/*.c)))
$(BUILD)/obj/tests/bench/%.o: tests/bench/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(call pkg,--cflags,jansson libcurl) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(BUILD)/bench-idle $(BUILD)/bench-requests: $(BUILD)/bench-%: $(BUILD)/obj/tests/bench/%.o
	$(Q)$(CC) -no-pie $(LDOPT) $(LDFLAGS) -o $@ $^ $(call pkg,--libs,jansson libcurl)
$(BUILD)/bench: $(BENCH_OBJ) $(BUILD)/bench-idle $(BUILD)/bench-requests
	$(Q)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $(BENCH_OBJ) $(call pkg,--libs,jansson libcurl) -lm
test-bins: $(UNIT_BINS)
	@:

# What each model is told, and what else stands in tests/golden, written anew; read the difference before it is committed.
golden: $(addprefix $(BUILD)/unit/,council/test_golden_faults ctl/test_commands ctl/test_played_commands ctl/test_played_runs deliberation/test_golden_prompts deliberation/test_golden_runs \
	provider/test_golden_mock provider/test_golden_wires daemon/test_usage runner/test_golden_doctor story/test_golden_pages)
	@mkdir -p tests/golden/prompts && rm -f tests/golden/prompts/*.txt tests/golden/runs/*.txt
	@for t in $^; do GOLDEN_WRITE=1 $$t >/dev/null || exit; done; git --no-pager diff --stat -- tests/golden
.PHONY: golden

check: deps-check
	@$(PARALLEL) test-bins
	@NAME=$(NAME) tests/run-unit $(UNIT_BINS)
NAME ?= cmocka
.PHONY: peer-bins deps-check

# What is missing is said at once, with the command that installs it, before a compiler stumbles over it.
$(BUILD)/flags: | deps-build
deps-build:
	@.ci/known build
deps-check:
	@.ci/known test
.PHONY: deps-build
PARALLEL = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# ---- whole runs ------------------------------------------------------------------------------------------------------
deps:
	@.ci/install-packages build
deps-test:
	@.ci/install-packages test
peers:
	@.ci/install-packages peers
	@tests/peers/install

demo: deps
	@$(MAKE) --no-print-directory all
	@examples/demo $(BUILD)

ONLY ?=
test: deps-test
ifeq ($(ONLY),)
	@echo "building with AddressSanitizer and UBSan"
	@$(PARALLEL) SAN=1 all test-bins peer-bins
	@tests/run-test build/san $(UNIT_BINS:$(BUILD)/%=build/san/%)
else
	@tests/run-one build/san '$(ONLY)'
endif
# The programs as files. The tree is built once more in another folder, without ccache.
test-build:
	@.ci/install-packages built
	@$(PARALLEL) all
	@tests/built/run $(BUILD)
.PHONY: test-build
# Everything that a taken-over part of a run could try, in its place; what it comes to is held against tests/escape/expected.py.
test-escape:
	@.ci/install-packages escape
	@$(PARALLEL) all peer-bins
	@tests/escape/run $(BUILD)
.PHONY: test-escape
test-peers: deps-test peers
	@$(PARALLEL) SAN=1 all peer-bins
	@tests/run-peers build/san
test-all:
	@tests/run-all
.PHONY: test-peers test-all

# Minutes of random churn, every allocation of every request failed once, and runs killed at each line and resumed.
$(BUILD)/failmalloc.so: tests/torture/failmalloc.c $(BUILD)/flags
	$(Q)$(CC) $(CPPFLAGS_ALL) $(filter-out -fPIE,$(CFLAGS_ALL)) -fPIC -shared -o $@ $<
TORTURE_SECONDS ?= 300
torture: deps-test
	@$(PARALLEL) all peer-bins $(BUILD)/failmalloc.so
	@tests/torture/run $(BUILD) $(TORTURE_SECONDS) $(SEED)
.PHONY: torture

# The power is cut at every sync of a run: what was told must be there. Needs root and loop devices.
POWER_EVERY ?= 1
test-power: deps-test
	@.ci/install-packages power
	@$(PARALLEL) all peer-bins
	@tests/power/run $(BUILD) $(POWER_EVERY)
.PHONY: test-power

# Two tenants on a real systemd, booted in private namespaces. Needs root.
test-systemd:
	@.ci/install-packages systemd
	@$(PARALLEL) all peer-bins
	@tests/systemd/run $(BUILD)
.PHONY: test-systemd

# What the kernel's memory and pids controllers do, on an emulated kernel; minutes, and no root.
test-kernel:
	@.ci/install-packages kernel
	@$(PARALLEL) all peer-bins $(BUILD)/unit/daemon/test_cgroup $(BUILD)/unit/daemon/test_cgroup_lost
	@tests/kernel/run $(BUILD)
.PHONY: test-kernel

# Each in a copy below build/mutants, which is built anew only where a patch changes it.
MUTANTS ?=
mutants:
	@.ci/install-packages mutants
	@tests/mutants/run $(MUTANTS)
.PHONY: mutants

# One token or statement changed at a time. What lives is to be read: the same program in other words, or a test is missing.
SAMPLE ?= 100
sample:
	@.ci/install-packages sample
	@tests/mutants/sample $(SAMPLE) $(or $(SEED),$(shell date +%s))
.PHONY: sample

# What the tests execute; an hour's work for one core. COVERAGE_ONLY=test_stop for the system tests of one file.
coverage:
	@.ci/install-packages coverage
	@$(PARALLEL) BUILD=build/cov MAP= CFLAGS='--coverage -O0 -U_FORTIFY_SOURCE -Wno-error' LDFLAGS=--coverage all test-bins peer-bins
	@tests/coverage build/cov $(UNIT_BINS:$(BUILD)/%=build/cov/%)
.PHONY: coverage

bench: deps-test
	@$(PARALLEL) all peer-bins $(BUILD)/bench
	@$(BUILD)/bench $(BUILD) $(BUILD)/bench.json $(FIGURES)

# The reference of the protocol is made from the rows of proto/methods.
$(BUILD)/make-protocol: docs/make-protocol.c $(call lib,proto) $(call lib,common) $(BUILD)/flags
	$(Q)$(CC) $(CPPFLAGS_ALL) -I. $(CFLAGS_ALL) -o $@ $< $(LDOPT) $(LDFLAGS) \
		$(call libs,proto) $(call pkg,--libs,jansson libcrypto) -lm
# The reference of the council document and its JSON Schema are made from the tables of proto/council.
$(BUILD)/make-council: docs/make-council.c $(call libs,proto) $(BUILD)/flags
	$(Q)$(CC) $(CPPFLAGS_ALL) -I. $(CFLAGS_ALL) -o $@ $< $(LDOPT) $(LDFLAGS) \
		-Wl,--start-group $(call libs,proto) -Wl,--end-group $(call pkg,--libs,$(LINKPKG_proto)) -lm
# The tables of system calls are made from the rows of the runner's filter, and of those of tools.
$(BUILD)/make-sandbox: docs/make-sandbox.c $(call libs,runner) $(BUILD)/flags
	$(Q)$(CC) $(CPPFLAGS_ALL) -I. $(CFLAGS_ALL) -o $@ $< $(LDOPT) $(LDFLAGS) \
		-Wl,--start-group $(call libs,runner) -Wl,--end-group $(call pkg,--libs,$(LINKPKG_runner)) -lm
docs: $(BUILD)/make-protocol $(BUILD)/make-council $(BUILD)/make-sandbox
	@$(BUILD)/make-protocol docs/protocol.md docs/events.md docs/events.json
	@$(BUILD)/make-council docs/council.md docs/council.schema.json
	@$(BUILD)/make-sandbox | docs/put-calls docs/sandbox.md
	@$(BUILD)/make-sandbox tools | docs/put-calls docs/sandbox.md tool-calls
	@$(MAKE) -s law | docs/put-law docs/architecture.md

# What the programs consist of: sources with their hashes, and the Debian packages that they link.
sbom: all
	@docs/make-sbom $(BUILD) $(VERSION)
.PHONY: sbom

# What each tree may see, and its floors from top to bottom: `tree | trees | floor floor,floor ...`.
law:
	@$(foreach t,$(TREES),echo '$(t) | $(SEES_$(call id,$(t))) | $(call floors,$(t))';)
.PHONY: law

lint:
	@.ci/install-packages lint
	@tests/lint $(BUILD)
format:
	@git ls-files '*.c' '*.h' --cached --others --exclude-standard | xargs -r clang-format -i

# ---- installation ----------------------------------------------------------------------------------------------------
# Units name the programs by the prefix that they are installed under.
SHARE = $(DESTDIR)$(PREFIX)/share
COMPLETIONS = $(SHARE)/bash-completion/completions/councilctl $(SHARE)/zsh/site-functions/_councilctl \
	$(SHARE)/fish/vendor_completions.d/councilctl.fish
CATALOGUE_KINDS := councils autos profiles schemas routers rounds mappers tools
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(UNITDIR) \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d $(SHARE)/doc/councild $(SHARE)/man/man1 $(SHARE)/man/man8
	install -m 755 $(BUILD)/councild $(BUILD)/councilctl $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/council-runner $(DESTDIR)$(LIBEXECDIR)
	for unit in councild@.service councild@.socket; do \
		sed 's|/usr/local/bin|$(PREFIX)/bin|' systemd/$$unit > $(DESTDIR)$(UNITDIR)/$$unit && chmod 644 $(DESTDIR)$(UNITDIR)/$$unit || exit 1; done
	install -m 644 systemd/councild.tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/councild.conf
	install -d $(SHARE)/doc/councild/providers
	install -m 644 README.md CHANGES.md SECURITY.md LICENSE docs/*.md $(SHARE)/doc/councild
	install -m 644 docs/providers/*.md $(SHARE)/doc/councild/providers
	for page in docs/man/*.[18]; do [ ! -e $$page ] || install -m 644 $$page $(SHARE)/man/man$${page##*.}/ || exit 1; done
	for kind in $(CATALOGUE_KINDS); do [ ! -d examples/$$kind ] || { install -d $(SHARE)/councild/catalogue/$$kind && \
		install -m 644 examples/$$kind/*.json $(SHARE)/councild/catalogue/$$kind; } || exit 1; done
	install -m 644 examples/models.json $(SHARE)/councild/catalogue
	install -d $(dir $(COMPLETIONS))
	for shell in bash zsh fish; do for to in $(COMPLETIONS); do case $$to in */$$shell*) \
		$(BUILD)/councilctl completion $$shell > $$to && chmod 644 $$to || exit 1;; esac; done; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/councild $(DESTDIR)$(PREFIX)/bin/councilctl $(DESTDIR)$(UNITDIR)/councild@.service \
		$(DESTDIR)$(UNITDIR)/councild@.socket $(DESTDIR)$(PREFIX)/lib/sysusers.d/councild.conf \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/councild.conf $(SHARE)/man/man1/councilctl.1 \
		$(SHARE)/man/man8/councild.8 $(SHARE)/man/man8/council-runner.8 $(COMPLETIONS)
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(SHARE)/doc/councild $(SHARE)/councild

clean:
	rm -rf build

help:
	@sed -n 's/^#   \(make.*\)/  \1/p' Makefile

-include $(shell find $(BUILD)/obj $(BUILD)/unit $(BUILD)/peers -name '*.d' 2>/dev/null)
