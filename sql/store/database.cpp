#include "sql/store/database.h"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <map>

#include <fmt/format.h>
#include <sqlite3.h>

#include "embedded/sbtune_store.h"

namespace sbtune::store {
namespace {

std::string_view QueryText(std::string_view name) {
  const std::string file = std::string(name) + ".sql";
  for (const EmbeddedFile& embedded : Embedded()) {
    if (embedded.name == file) return embedded.text;
  }
  std::fprintf(stderr, "sbtune: no query %s\n", file.c_str());
  std::abort();
}

bool IsFull(int code, int system_error) {
  return code == SQLITE_FULL || system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

std::string Sentence(const std::string& path, int code, int system_error, const char* text) {
  if (IsFull(code, system_error)) {
    return fmt::format(
        "cannot write {}: the disk is full or a limit is reached; what was stored before is kept, free some space "
        "and run the same command again",
        path);
  }
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
      return fmt::format("{} is not an sbtune database; name another file with --db, or move this one away", path);
    case SQLITE_CORRUPT:
      return fmt::format("{} is damaged ({}); move it away and import the logs again", path, text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fmt::format("{} is being written by another program; wait until it is done and try again", path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return fmt::format("cannot write {}: it or its folder is read-only; change its mode or name another file with --db",
                         path);
    case SQLITE_CANTOPEN:
      return fmt::format("cannot open {}: {}; check that its folder exists and may be written, or name another file "
                         "with --db",
                         path, system_error != 0 ? std::strerror(system_error) : text);
    case SQLITE_IOERR:
      return fmt::format("cannot read or write {}: {}; check the disk", path,
                         system_error != 0 ? std::strerror(system_error) : text);
    default: return fmt::format("cannot use {}: {}; if this happens again, please report it", path, text);
  }
}

// Every byte that means something in a URI is written as %XX. A relative path stays one.
std::string Uri(const std::string& path, std::string_view query) {
  std::string uri = "file:";
  for (const char byte : path) {
    const auto value = static_cast<unsigned char>(byte);
    const bool plain = (std::isalnum(value) != 0 && value < 0x80) || byte == '/' || byte == '.' || byte == '_';
    uri += plain ? std::string(1, byte) : fmt::format("%{:02X}", value);
  }
  return uri + std::string(query);
}

}  // namespace

// ---------------------------------------------------------------------------------------------- Statement

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  // A damaged file is met here too, or one whose tables somebody changed.
  if (code != SQLITE_OK) broken_ = database.LastError();
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::Bind(int index, std::int64_t value) {
  clean_ = false;
  sqlite3_bind_int64(statement_, index, value);
  return *this;
}

Statement& Statement::Bind(int index, std::optional<std::int64_t> value) {
  if (value) return Bind(index, *value);
  sqlite3_bind_null(statement_, index);
  return *this;
}

Statement& Statement::BindBlob(int index, std::string_view bytes) {
  clean_ = false;
  // A null pointer would bind NULL, not an empty blob.
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  sqlite3_bind_blob64(statement_, index, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::BindBlob(int index, std::optional<std::string_view> bytes) {
  if (bytes) return BindBlob(index, *bytes);
  sqlite3_bind_null(statement_, index);
  return *this;
}

Statement& Statement::BindText(int index, std::optional<std::string_view> text) {
  clean_ = false;
  if (!text) {
    sqlite3_bind_null(statement_, index);
    return *this;
  }
  const char* data = text->data() == nullptr ? "" : text->data();
  sqlite3_bind_text64(statement_, index, data, text->size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

base::Result<bool> Statement::Step() {
  if (broken_) return std::unexpected(*broken_);
  clean_ = false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const base::Error error = database_.LastError();
  Reset();
  return std::unexpected(error);
}

base::Status Statement::Run() {
  for (;;) {
    const base::Result<bool> row = Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
  }
  Reset();
  return {};
}

void Statement::Reset() {
  if (clean_) return;
  clean_ = true;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Statement::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<std::int64_t> Statement::OptionalInteger(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Integer(column);
}

std::string_view Statement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

// ----------------------------------------------------------------------------------------------- Database

struct Database::Statements {
  std::map<std::string, std::unique_ptr<Statement>, std::less<>> by_name;
};

Database::Database(std::string path, sqlite3* handle)
    : path_(std::move(path)), handle_(handle), statements_(std::make_unique<Statements>()) {}

Database::~Database() {
  statements_.reset();
  sqlite3_close(handle_);
}

base::Result<std::unique_ptr<Database>> Database::Open(const std::string& path, OpenMode mode,
                                                       std::chrono::milliseconds wait) {
  // SQLite's own memory figures, which nobody reads, cost two locks an allocation. Before its first use only.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)configured;
  const bool immutable = mode == OpenMode::kImmutable;
  const int flags = (immutable ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(Uri(path, immutable ? "?immutable=1" : "").c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(path, handle));
  if (code != SQLITE_OK) return std::unexpected(database->LastError());
  sqlite3_busy_timeout(handle, static_cast<int>(wait.count()));
  return database;
}

base::Error Database::LastError() const {
  const int last_errno = errno;  // of the call that failed: while committing, SQLite does not note it
  const int code = sqlite3_extended_errcode(handle_);
  const int noted = sqlite3_system_errno(handle_);
  const int system_error = noted == 0 && (code & 0xFF) == SQLITE_IOERR ? last_errno : noted;
  return {Sentence(path_, code, system_error, sqlite3_errmsg(handle_))};
}

Statement& Database::Query(std::string_view name) {
  auto found = statements_->by_name.find(name);
  if (found == statements_->by_name.end()) {
    found = statements_->by_name.emplace(name, std::make_unique<Statement>(*this, QueryText(name))).first;
  }
  found->second->Reset();
  return *found->second;
}

base::Status Database::Execute(std::string_view sql) {
  const std::string text(sql);
  if (sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return std::unexpected(LastError());
  }
  return {};
}

base::Status Database::RunScript(std::string_view name) { return Execute(QueryText(name)); }

base::Result<std::int64_t> Database::Scalar(std::string_view sql) {
  Statement statement(*this, sql);
  const base::Result<bool> row = statement.Step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement.Integer(0) : 0;
}

std::int64_t Database::LastRowId() const { return sqlite3_last_insert_rowid(handle_); }

// -------------------------------------------------------------------------------------------- Transaction

base::Result<Transaction> Transaction::Begin(Database& database) {
  // IMMEDIATE: whoever will write waits here, not in the middle of its work.
  if (base::Status begun = database.Execute("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  Transaction transaction(database);
  // SQLite would go on in the file that has lost its name, and all of it would be gone at the end.
  int moved = 0;
  sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0) {
    return base::Fail(database.path() + " was removed or replaced while it was in use: put it back, or start this program "
                                        "again for a new one");
  }
  return transaction;
}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // SQLite may have rolled back by itself (disk full); then this says so, and there is nothing to do.
  (void)database_->Execute("ROLLBACK");
}

base::Status Transaction::Commit() {
  if (base::Status done = database_->Execute("COMMIT"); !done) return done;
  database_ = nullptr;
  return {};
}

}  // namespace sbtune::store
