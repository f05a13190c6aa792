// SQLite behind two small resources, with its errors turned into sentences. Statements are the files of
// sql/queries, prepared once and kept.
//
//   Statement& insert = database.Query("insert_run");
//   insert.Bind(1, name).Bind(2, program);
//   if (base::Status done = insert.Run(); !done) return std::unexpected(done.error());
//
// A statement that cannot be prepared says so in its first Step.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sbtune::store {

class Database;

class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Parameters count from 1. Bytes must stay alive until the statement is reset.
  Statement& Bind(int index, std::int64_t value);
  Statement& Bind(int index, std::optional<std::int64_t> value);
  Statement& BindBlob(int index, std::string_view bytes);
  Statement& BindBlob(int index, std::optional<std::string_view> bytes);
  Statement& BindText(int index, std::optional<std::string_view> text);

  [[nodiscard]] base::Result<bool> Step();  // true: a row is there
  [[nodiscard]] base::Status Run();         // steps to the end and resets
  void Reset();  // forgets the bindings too

  // Columns count from 0. Views live until the next Step or Reset.
  [[nodiscard]] bool IsNull(int column) const;
  [[nodiscard]] std::int64_t Integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> OptionalInteger(int column) const;
  [[nodiscard]] std::string_view Bytes(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  std::optional<base::Error> broken_;  // why it could not be prepared
  bool clean_ = true;                  // reset, without bindings
};

enum class OpenMode {
  kReadWrite,
  kImmutable,  // nobody writes while it is open; works in a folder that is read-only
};

class Database {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<Database>> Open(const std::string& path, OpenMode mode,
                                                                    std::chrono::milliseconds wait);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // The statement of sql/queries/NAME.sql, reset and without bindings.
  [[nodiscard]] Statement& Query(std::string_view name);
  [[nodiscard]] base::Status Execute(std::string_view sql);    // any number of statements
  [[nodiscard]] base::Status RunScript(std::string_view name);  // the same, from sql/queries/NAME.sql
  [[nodiscard]] base::Result<std::int64_t> Scalar(std::string_view sql);
  [[nodiscard]] std::int64_t LastRowId() const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] sqlite3* handle() const { return handle_; }
  [[nodiscard]] base::Error LastError() const;

 private:
  Database(std::string path, sqlite3* handle);
  struct Statements;
  std::string path_;
  sqlite3* handle_ = nullptr;
  std::unique_ptr<Statements> statements_;
};

// A write transaction; rolled back unless committed.
class Transaction {
 public:
  [[nodiscard]] static base::Result<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] base::Status Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace sbtune::store
