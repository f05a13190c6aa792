// Real profiles, whatever their style: every edit is proven, or nothing is proposed and the sentence says why.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "profiles/tune/edited_files.h"
#include "profiles/tune/suggest.h"
#include "tests/profiles/tune/suggest_case.h"
#include "tests/support/shared_data.h"

using namespace sbtune;

namespace {

// Loads the profile with a value for every parameter that it asks for, as long as new ones turn up.
const std::string kHelpers =
    "(version 1)\n"
    "(define HOME_DIR \"/Users/dev\")\n"
    "(define (home-subpath p) (subpath (string-append HOME_DIR p)))\n"
    "(define (home-literal p) (literal (string-append HOME_DIR p)))\n"
    "(define (home-prefix p) (prefix (string-append HOME_DIR p)))\n"
    "(define (home-regex p) (regex (string-append \"^\" (regex-quote HOME_DIR) p)))\n"
    "(define (param-true? p) (equal? (param p) \"TRUE\"))\n";

struct Loaded {
  sbpl::LoadOptions options;
  sbpl::LoadResult result;
};

// A value for every parameter that the text asks for by name.
void NameParameters(std::string_view text, std::map<std::string, std::string>& parameters) {
  for (const std::string_view word : {"(param \"", "(getenv \""}) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      const std::string_view rest = text.substr(at + word.size());
      const std::string name(rest.substr(0, rest.find('"')));
      parameters.emplace(name, "/private/tmp/" + name);
    }
  }
}

Loaded LoadWithParameters(std::vector<std::string> paths, std::vector<std::string> folders) {
  sbpl::DiskFiles disk;
  tune::EditedFiles files({{"helpers.sb", kHelpers}}, disk);
  Loaded loaded;
  loaded.options.paths = std::move(paths);
  loaded.options.import_dirs = std::move(folders);
  for (int round = 0; round < 40; ++round) {
    loaded.result = sbpl::LoadProfile(loaded.options, files);
    const std::size_t known = loaded.options.parameters.size();
    const base::SourceMap& sources = loaded.result.profile.sources;
    for (base::SourceId id = 0; id < sources.size(); ++id) NameParameters(sources.Text(id), loaded.options.parameters);
    if (loaded.options.parameters.size() == known) break;
  }
  return loaded;
}

// A fragment of a larger profile may need what others define.
Loaded LoadProfileOrFragment(const std::string& path) {
  const std::vector<std::string> folders = {path.substr(0, path.rfind('/')),
                                            *test::SharedData("corpus/profiles/apple-10.15.2/Profiles"),
                                            *test::SharedData("corpus/profiles/apple-10.15.2/share")};
  Loaded alone = LoadWithParameters({path}, folders);
  return alone.result.ok() ? std::move(alone) : LoadWithParameters({"helpers.sb", path}, folders);
}

std::vector<access::DenialGroup> Denials() {
  return test::DeniedLines("file-read-data\t/opt/zz/a\nfile-read-metadata\t/opt/zz/a\nfile-write-create\t/opt/zz/out\n"
                           "file-write-data\t/opt/zz/out\nmach-lookup\tcom.example.zz\nsysctl-read\tzz.one\n"
                           "network-outbound\t*:4711\nprocess-exec*\t/opt/zz/bin\nprocess-fork\nfile-ioctl\t/dev/zz\n"
                           "iokit-open-user-client\tZzClient\nipc-posix-shm-read-data\tzz\nhid-control\n"
                           "user-preference-read\tcom.example.zz\nfile-read-xattr\t/opt/zz/a\n");
}

}  // namespace

TEST_CASE("suggestions for real profiles are proven exact and settle the denials") {
  const auto list = test::SharedData("corpus/profiles.tsv");
  if (!list) {
    MESSAGE("skipped: no corpus");
    return;
  }
  std::map<std::string, int> outcomes;
  const std::vector<tune::Evidence> evidence = tune::MergeEvidence(Denials());
  const auto rows = test::ReadTsv(*list);
  for (std::size_t row = 1; row < rows.size(); ++row) {
    const std::string path = *test::SharedData("corpus/" + rows[row][0]);
    CAPTURE(path);
    const Loaded loaded = LoadProfileOrFragment(path);
    if (!loaded.result.ok()) {
      ++outcomes["not loaded"];
      continue;
    }
    sbpl::DiskFiles disk;
    tune::EditedFiles files({{"helpers.sb", kHelpers}}, disk);
    const auto answer = tune::Suggest({loaded.result.profile, loaded.options, {}, evidence, {}}, files);
    if (!answer) {
      ++outcomes["error"];
      MESSAGE(rows[row][0] << ": " << answer.error().message);
      continue;
    }
    ++outcomes[answer->fragments.empty() ? "nothing to add" : "proven"];
    CHECK(answer->certificate.holds());
  }
  for (const auto& [name, count] : outcomes) MESSAGE(name << ": " << count);
}
