#!/usr/bin/env python3
"""Writes catalog.json: what is known of SBPL's operations, filters and modifiers, per macOS version.

    profiles/catalog/make_catalog.py FACTS.json profiles/catalog/command_numbers.json > profiles/catalog/catalog.json

FACTS.json is the collection of names and numbers taken from public tables (its "sources" are copied into the
result, entry by entry nothing but facts: names, parents, numbers). What those tables cannot tell is stated below,
each with its reason; an operation whose entry rests on such a statement carries "inferred": true. The second file
maps a filter to {constant: number} where FACTS.json only counts the constants (from the 10.15 table);
syscalls.txt beside this file has the numbers of the system calls.
"""
import json
import pathlib
import re
import sys

VERSIONS = ["10.9", "10.10", "10.12", "10.13", "10.14", "10.15", "12.5", "13.0", "14.4", "15", "26"]
PREAMBLE_SINCE = "12.5"  # 10.15 decides by terminal operations; the 12.5 table has none of them left

# Canonical spelling for every version: the 10.9 and 10.10 tables call these by the name that is an alias today.
RENAMED = {"process-exec": "process-exec*", "ipc-posix-sem": "ipc-posix-sem*"}

# Parents that no table gives: names first seen in 14.4 or later. Modelled on their neighbours in 13.0.
INFERRED_PARENTS = {
    "file-lock": "file*", "process-codesigning": "process*", "process-legacy-codesigning*": "process*",
    "syscall-mig": "syscall*", "system-kas-info": "system*", "process-exec-update-label": "process*",
    "file-graft": "file*", "file-ungraft": "file*", "fs-info": "default", "isp-command-send": "default",
    "consume-extension": "default", "sandbox-check": "default", "asr-parser-enter": "default",
    "coalition-info": "default", "mach-task-exception-port-set": "mach-task*",
    "process-info-sandbox-container": "process-info*", "process-iopolicy*": "process*",
}
LEGACY_CODESIGNING_CHILD = "process-legacy-codesigning*"

# Measured on 26.6: allowed under (deny default) as well.
DEFAULT_ALLOWED_26 = ["file-graft", "file-ungraft", "sandbox-check"]

# Filters that shipped and working profiles use on operations whose table row does not list them.
EXTRA_FILTERS = {
    "iokit-open": ["iokit-registry-entry-class", "iokit-connection", "iokit-usb-interface-class"],
    "iokit-open*": ["iokit-registry-entry-class", "iokit-connection"],
    "job-creation": ["path"],  # quick look profiles of 10.9
}
PATH_FILTERS_OF_EXEC = ["path", "mount-relative-path", "file-mode"]

# Words of logs that no profile can name: checks that the kernel makes besides the profile. For the record: the
# program takes every forbidden-… for one.
LOG_ONLY = ["forbidden-exec-sugid", "forbidden-sandbox-reinit", "forbidden-link-priv"]

# How string filters compare: these fold case, every other one compares bytes (decompiled tables).
FOLDS_CASE = ["path", "mount-relative-path", "process-path", "xattr", "ipc-posix-name", "sysctl-name", "right-name",
              "nvram-variable", "fileprovider-syncroot-path", "mount-root-path"]

# (version 15) names come without types; read off their spelling.
LATE_ARGUMENTS = {"fileprovider-syncroot-path": "path", "mount-root-path": "path", "profile-flag": "string"}

MORE_FILTER_ALIASES = {
    "iokit-user-client-class-prefix": "iokit-registry-entry-class-prefix",
    "entitlement-is-present": "%entitlement-is-present", "entitlement-is-bool-true": "%entitlement-is-bool-true",
    "entitlement-value-prefix": "%entitlement-string-prefix", "entitlement-value-regex": "%entitlement-string-regex",
}

SHORTHANDS = [  # words without arguments that stand for a filter with one
    {"name": "tty", "filter": "vnode-type", "value": 65535, "alias": "TTY"},
    {"name": "debug-mode", "filter": "system-attribute", "value": 1, "alias": "sandbox-debug-mode"},
    {"name": "process-is-plugin", "filter": "process-attribute", "value": 0, "alias": "is-plugin"},
    {"name": "process-is-installer", "filter": "process-attribute", "value": 1, "alias": "is-installer"},
    {"name": "datavault-file-filter", "filter": "file-attribute", "value": 1, "alias": "datavault"},
    {"name": "rootless-file-filter", "filter": "file-attribute", "value": 0, "alias": "sip-protected"},
    {"name": "executable-bundle", "filter": "extension", "text": "com.apple.sandbox.executable"},
    {"name": "container", "filter": "extension", "text": "com.apple.sandbox.container"},
    {"name": "application-group", "filter": "extension", "text": "com.apple.sandbox.application-group"},
    {"name": "system-container", "filter": "extension", "text": "com.apple.sandbox.system-container"},
    {"name": "system-group", "filter": "extension", "text": "com.apple.sandbox.system-group"},
]

ERRNOS = ("EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EDEADLK ENOMEM EACCES EFAULT ENOTBLK EBUSY "
          "EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK "
          "EPIPE EDOM ERANGE EAGAIN EINPROGRESS EALREADY ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT "
          "EPROTONOSUPPORT ESOCKTNOSUPPORT ENOTSUP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN "
          "ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT "
          "ECONNREFUSED ELOOP ENAMETOOLONG EHOSTDOWN EHOSTUNREACH ENOTEMPTY").split()

ARGUMENTS = {"path-pattern": "path", "string-pattern": "string", "string-literal": "string", "string": "string",
             "integer": "integer", "bitfield": "bitfield", "network": "network", "bool": "none", None: "integer"}


def compress(present):
    """["10.9", "10.10", "12.5", …, newest] -> "10.9-10.10 12.5-"; an open end means: still there."""
    runs, start = [], None
    for i, version in enumerate(VERSIONS + [None]):
        inside = version is not None and version in present
        if inside and start is None:
            start = i
        if not inside and start is not None:
            last = i - 1
            runs.append(VERSIONS[start] + "-" + ("" if last == len(VERSIONS) - 1 else VERSIONS[last]))
            start = None
    return " ".join(runs)


def operations(facts):
    merged = {}
    for entry in facts["operations"]:
        name = RENAMED.get(entry["name"], entry["name"])
        kept = merged.setdefault(name, {"versions": set(), "parents": {}, "terminal": {}, "filters": [], "modifiers": []})
        kept["versions"] |= set(entry["versions"])
        parent = entry["parent"]
        if parent == "?":
            parent, kept["inferred"] = INFERRED_PARENTS.get(name), True
            if parent is None and name.startswith(LEGACY_CODESIGNING_CHILD[:-1]):
                parent = LEGACY_CODESIGNING_CHILD
            assert parent, name
        if entry["name"] == name:
            kept["parent"] = RENAMED.get(parent, parent)
        for version, other in entry.get("parent_by_version", {}).items():
            if other != parent:
                kept["parents"][version] = RENAMED.get(other, other)
        kept["terminal"].update(entry.get("terminal", {}))
        kept["filters"] += [f for f in entry.get("filters", []) if f not in kept["filters"]]
        kept["modifiers"] += [m for m in entry.get("extra_modifiers", []) if m not in kept["modifiers"]]
        if entry.get("default_allowed_v1_14.4"):
            kept["default_allowed_since"] = PREAMBLE_SINCE
    for name in facts["newer_operation_names"]["names"]:
        merged[name] = {"versions": {"26"}, "parent": INFERRED_PARENTS[name], "parents": {}, "terminal": {},
                        "filters": list(merged[INFERRED_PARENTS[name]]["filters"]), "modifiers": [], "inferred": True}
        if name in DEFAULT_ALLOWED_26:
            merged[name]["default_allowed_since"] = "26"
    result = []
    for name, kept in merged.items():
        if "14.4" in kept["versions"]:
            kept["versions"] |= {"15", "26"}
        # Before a table says otherwise an operation keeps the parent of the table before.
        if kept.get("inferred") and not kept["filters"]:
            kept["filters"] = list(merged[kept["parent"]]["filters"])
        filters = kept["filters"] + [f for f in EXTRA_FILTERS.get(name, []) if f not in kept["filters"]]
        if name.startswith("process-exec"):
            filters += [f for f in PATH_FILTERS_OF_EXEC if f not in filters]
        if "socket-option" in name:
            filters += [f for f in ("socket-option-level", "socket-option-name") if f not in filters]
        entry = {"name": name, "in": compress(kept["versions"]), "parent": kept["parent"] or ""}
        if kept["parents"]:
            entry["parents"] = kept["parents"]
        terminal = dict(kept["terminal"])
        if "13.0" in terminal and "14.4" in kept["versions"]:
            terminal.update({v: terminal["13.0"] for v in ("14.4", "15", "26")})
        # A child of file-write* until 10.12, terminal since.
        if name == "file-write-setugid":
            entry["parents"] = {v: "file-write*" for v in ("10.9", "10.10", "10.12")}
        # No parent and no decision in a table: as in the next one.
        if not kept["parent"]:
            known = None
            for version in reversed(VERSIONS):
                known = terminal.get(version, known)
                if version in kept["versions"] and version not in entry.get("parents", {}):
                    terminal.setdefault(version, known)
        for decision in ("deny", "allow"):
            versions = {v for v in terminal if terminal[v] == decision}
            if versions:
                entry["terminal_" + decision] = compress(versions)
        if "default_allowed_since" in kept:
            entry["default_allowed"] = compress(
                {v for v in kept["versions"] if VERSIONS.index(v) >= VERSIONS.index(kept["default_allowed_since"])})
        if filters:
            entry["filters"] = filters
        if kept["modifiers"]:
            entry["modifiers"] = kept["modifiers"]
        if kept.get("inferred"):
            entry["inferred"] = True
        result.append(entry)
    return result


def operation_aliases():
    always = "10.9-"
    pairs = [
        ("process-exec", "process-exec*", always), ("ipc-posix-sem", "ipc-posix-sem*", always),
        ("ipc-posix-shm", "ipc-posix-shm*", always), ("file-fsctl", "system-fsctl", always),
        ("system-misc", "system*", always), ("time-set", "system-set-time", always),
        ("file-issue-extension*", "file-issue-extension", always),
        ("file-issue-extension-read", "file-issue-extension", always),
        ("file-issue-extension-write", "file-issue-extension", always), ("file-unlink", "file-write-unlink", always),
        ("file-write-mount", "file-mount", always), ("file-write-unmount", "file-unmount", always),
        ("file-write-umount", "file-unmount", always), ("managed-preference*", "managed-preference-read", always),
        # Profiles of up to 10.15 mean the wildcard by this word, although the tables hold the leaf too.
        ("sysctl-write", "sysctl*", "10.9-10.15"),
        ("ipc-posix-shm-read*", "ipc-posix-shm-read-data", "10.15-"),
        ("iokit-open", "iokit-open*", "12.5-"),
    ]
    entries = [{"name": n, "means": m, "in": i} for n, m, i in pairs]
    for entry in entries:  # what a log line means by the word, where that is not what a profile means
        if entry["name"] == "sysctl-write":
            entry["logged"] = "sysctl-write"
        if entry["name"] == "iokit-open":
            entry["logged"] = "iokit-open-user-client"
    return entries


def syscall_numbers():
    numbers = {}
    for line in pathlib.Path(__file__).with_name("syscalls.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        first, *names = line.split()
        for number, name in enumerate(names, int(first)):
            if name != "-":
                numbers["SYS_" + name] = number
    return numbers


def filters(facts, names):
    result = []
    for entry in facts["filters"]:
        name, argument = entry["name"], ARGUMENTS[entry["arg"]]
        if entry["category"] is None:
            argument = LATE_ARGUMENTS.get(name, "integer")
        if name == "syscall-mask":
            argument = "integer"
        if name == "datavault-file-filter" or name == "rootless-file-filter":
            continue  # a shorthand today
        out = {"name": name, "argument": argument}
        if entry["category"] in ("extension", "process", "system", "sandbox") or entry["category"] is None:
            out["everywhere"] = True
        if name in FOLDS_CASE:
            out["folds_case"] = True
        if entry["derived"]:
            out["derived"] = entry["derived"]
        values = dict(entry.get("named_values", {}))
        values.pop("_first", None)
        missing = values.pop("_count", 0)
        values.update(names.get(name, {}))
        if values:
            out["values"] = values
        if missing > len(values):
            out["values_missing"] = missing - len(values)
        result.append(out)
    return result


def modifiers(facts):
    signals = next(f for f in facts["filters"] if f["name"] == "signal-number")["named_values"]
    errnos = {name: number for number, name in enumerate(ERRNOS, 1)}
    listed = {"grant", "no-sandbox", "default-sandbox", "no-times", "no-storage-class", "assign-storage-class"}
    result = []
    for entry in facts["modifiers_13_0"]:
        argument = {"flag": "none", "integer/named": "integer"}.get(entry["argument"], "string")
        out = {"name": entry["name"], "on": entry["applies_to"], "argument": argument}
        if entry["name"] == "message-filter":
            out["argument"] = "none"
        if entry["name"] == "send-signal":
            out["values"] = signals
        if entry["name"] == "errno":
            out["values"] = errnos
        if entry["name"] in listed:
            out["only_listed"] = True
        result.append(out)
    for name in ("no-callout", "partial-symbolication", "deprecated"):
        result.append({"name": name, "on": "allow+deny", "argument": "none", "dropped": True})
    return result


def main():
    facts = json.load(open(sys.argv[1]))
    names = json.load(open(sys.argv[2])) | {"syscall-number": syscall_numbers()}
    catalog = {
        "_about": "Generated by make_catalog.py, which explains the fields. Facts only: names, numbers, parents.",
        "_sources": facts["sources"],
        "versions": VERSIONS,
        "operations": operations(facts),
        "operation_aliases": operation_aliases(),
        "no_ops": [{"name": n, "in": "10.15-"} for n in
                   ("mach-per-user-lookup", "system-chud", "qtn-download", "ipc-posix-shm-read-metadata")],
        "_log_only_seen": LOG_ONLY,
        "filters": filters(facts, names),
        "filter_aliases": {**{a: t for a, t in facts["filter_aliases"].items() if re.fullmatch(r"[a-z-]+", t)},
                           **MORE_FILTER_ALIASES},
        "filter_shorthands": SHORTHANDS,
        "modifiers": modifiers(facts),
        "modifier_aliases": {"no-log": "no-report", "no-profile": "no-sandbox", "rootless": "sip-override",
                             "rootless-modifier": "sip-override"},
        "modifier_shorthands": [{"name": "termination", "modifier": "send-signal", "value": 9, "alias": "SIGKILL"}],
    }
    # One entry a line: small enough to embed, and a change shows as a line in a diff.
    print("{")
    for i, (key, value) in enumerate(catalog.items()):
        comma = "," if i + 1 < len(catalog) else ""
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in value)
            print(f'"{key}": [\n{rows}\n]{comma}')
        else:
            print(f'"{key}": {json.dumps(value, separators=(",", ":"))}{comma}')
    print("}")


main()
