#include "daemon/config/keys.h"

#include <array>

namespace sbtune::config {
namespace {

constexpr std::array kKeys = {
    Key{"store", "database", TextKey{&Config::database, ""}, "Where denials are kept. ~ is your home."},
    Key{"store", "keep_days", NumberKey{&Config::keep_days, 1, 36'500}, "What the live log counted longer ago is removed. Imported captures stay, and so does evidence in use."},
    Key{"store", "keep_megabytes", NumberKey{&Config::keep_megabytes, 16, 1'000'000},
        "When the database holds more than this, the oldest days of the live log are removed."},
    Key{"log", "file", TextKey{&Config::log_file, ""}, "What the daemon itself has to say."},
    Key{"log", "level", TextKey{&Config::log_level, "debug|info|warning|error"}, "The least that is written."},
    Key{"log", "megabytes", NumberKey{&Config::log_megabytes, 1, 1024}, "A larger log file is put aside."},
    Key{"log", "files", NumberKey{&Config::log_files, 1, 100}, "How many old log files are kept."},
    Key{"source", "tool", TextKey{&Config::tool, ""},
        "macOS's log tool. Another one must belong to you or root and be writable by nobody else."},
    Key{"source", "level", TextKey{&Config::level, "default|info|debug"},
        "How much of the system's log is asked for; denials are in all of them."},
    Key{"source", "heartbeat_ms", NumberKey{&Config::heartbeat_ms, 10, 3'600'000},
        "How often we write a marker into the log, to prove that we are still attached."},
    Key{"source", "heartbeat_limit_ms", NumberKey{&Config::heartbeat_limit_ms, 10, 600'000},
        "A marker that is not back by then is missed; after two, the stream is started again."},
    Key{"source", "restart_min_ms", NumberKey{&Config::restart_min_ms, 1, 600'000},
        "The pause before the first restart of the stream; doubled each time, with some chance in it."},
    Key{"source", "restart_max_ms", NumberKey{&Config::restart_max_ms, 1, 3'600'000}, "The longest such pause."},
    Key{"source", "queue_megabytes", NumberKey{&Config::queue_megabytes, 1, 1024},
        "Log lines that wait to be stored; more are dropped, noted as a gap and read again."},
    Key{"source", "heartbeat_file", TextKey{&Config::heartbeat_file, ""},
        "For a stand-in of the log tool only: markers are appended to this file, not logged."},
    Key{"socket", "path", TextKey{&Config::socket, ""}, "The control socket. Its folder is closed to others."},
    Key{"socket", "clients", NumberKey{&Config::clients, 1, 10'000}, "How many may be connected at once."},
    Key{"socket", "client_kilobytes", NumberKey{&Config::client_kilobytes, 64, 65'536},
        "What may wait for one client; one that is slower is cut off, and told so."},
    Key{"watch", "recent_records", NumberKey{&Config::recent_records, 0, 1'000'000},
        "How many of the newest records are kept one by one, for `sbtune watch --since`."},
    Key{"proposals", "quiet_ms", NumberKey{&Config::proposal_quiet_ms, 10, 600'000},
        "With a [[profile]]: how often denials and files are looked at, and how long both must rest before its proposal is made again."},
    Key{"proposals", "spacing_ms", NumberKey{&Config::proposal_spacing_ms, 10, 86'400'000},
        "While they do not rest, the proposal is made again this long after the first change, and then as often."},
    Key{"proposals", "auto_apply_minutes", NumberKey{&Config::auto_apply_minutes, 1, 1'000'000},
        "auto_apply changes one profile no more often than that."},
};

constexpr std::array kProfileKeys = {
    ProfileKey{"path", TextsKey{&ProfileSettings::path}, "The profile's file, or a list of its files in load order; needed. ~ is your home."},
    ProfileKey{"process", TextsKey{&ProfileSettings::process},
               "The process whose denials are the profile's own, by name or glob, or a list of them; needed."},
    ProfileKey{"params", PairsKey{&ProfileSettings::params}, "Values of (param \"NAME\"), as -D gives them."},
    ProfileKey{"import_dirs", TextsKey{&ProfileSettings::import_dirs}, "Folders in which (import ...) looks first."},
    ProfileKey{"macos", ProfileTextKey{&ProfileSettings::macos}, "Version of macOS whose tables to use; empty: the newest known."},
    ProfileKey{"generalize", FlagKey{&ProfileSettings::generalize}, "Propose fewer, wider rules, as suggest --generalize does."},
    ProfileKey{"auto_apply", FlagKey{&ProfileSettings::auto_apply},
               "DANGEROUS: write additions of risk \"none\" into the profile without asking. Any program can cause denials, "
               "so what it is denied decides what you allow. A backup and a line in `sbtune proposals --history` stay."},
};

}  // namespace

std::span<const Key> Keys() { return kKeys; }

std::span<const ProfileKey> ProfileKeys() { return kProfileKeys; }

}  // namespace sbtune::config
