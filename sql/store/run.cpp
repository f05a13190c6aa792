#include "sql/store/run.h"

#include <fmt/format.h>

namespace sbtune::store {
namespace {

std::optional<std::string> OptionalText(const Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return std::string(row.Bytes(column));
}

base::Status Differs(const Run& run, std::string_view what, std::string_view stored, std::string_view given) {
  return base::Fail(fmt::format("run '{}' is already stored with {} '{}', not '{}'; choose another name with --run",
                                run.name, what, stored, given));
}

base::Result<std::map<std::string, std::string>> LoadParameters(Database& database, std::int64_t run_id) {
  std::map<std::string, std::string> parameters;
  Statement& query = database.Query("run_parameters").Bind(1, run_id);
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    parameters.emplace(query.Bytes(0), query.Bytes(1));
  }
  query.Reset();
  return parameters;
}

base::Status AddParameters(Database& database, std::int64_t run_id, const Run& run) {
  const base::Result<std::map<std::string, std::string>> stored = LoadParameters(database, run_id);
  if (!stored) return std::unexpected(stored.error());
  for (const auto& [name, value] : run.parameters) {
    const auto known = stored->find(name);
    if (known != stored->end()) {
      if (known->second != value) return Differs(run, name, known->second, value);
      continue;
    }
    Statement& insert = database.Query("insert_run_parameter");
    if (base::Status done = insert.Bind(1, run_id).BindText(2, name).BindText(3, value).Run(); !done) return done;
  }
  return {};
}

base::Status Refine(Database& database, std::int64_t run_id, const Run& run,
                    const std::optional<std::string>& program, const std::optional<std::string>& host) {
  if (program && run.program && *program != *run.program) return Differs(run, "program", *program, *run.program);
  if (host && run.host && *host != *run.host) return Differs(run, "host", *host, *run.host);
  return database.Query("update_run").Bind(1, run_id).BindText(2, run.program).BindText(3, run.host).Run();
}

}  // namespace

base::Result<std::int64_t> DefineRun(Database& database, const Run& run) {
  Statement& find = database.Query("find_run").BindText(1, run.name);
  const base::Result<bool> row = find.Step();
  if (!row) return std::unexpected(row.error());
  std::int64_t run_id = 0;
  base::Status done;
  if (*row) {
    run_id = find.Integer(0);
    const std::optional<std::string> program = OptionalText(find, 1);
    const std::optional<std::string> host = OptionalText(find, 2);
    find.Reset();
    done = Refine(database, run_id, run, program, host);
  } else {
    done = database.Query("insert_run").BindText(1, run.name).BindText(2, run.program).BindText(3, run.host).Run();
    run_id = database.LastRowId();
  }
  if (done) done = AddParameters(database, run_id, run);
  if (!done) return std::unexpected(done.error());
  return run_id;
}

base::Result<std::map<std::int64_t, Run>> LoadRuns(Database& database) {
  std::map<std::int64_t, Run> runs;
  Statement& query = database.Query("all_runs");
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    runs[query.Integer(0)] = {.name = std::string(query.Bytes(1)), .program = OptionalText(query, 2),
                              .host = OptionalText(query, 3), .parameters = {}};
  }
  query.Reset();
  for (auto& [id, run] : runs) {
    base::Result<std::map<std::string, std::string>> parameters = LoadParameters(database, id);
    if (!parameters) return std::unexpected(parameters.error());
    run.parameters = *std::move(parameters);
  }
  return runs;
}

}  // namespace sbtune::store
