#include "tests/support/made_programs.h"

#include <cmath>
#include <random>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace sbtune::test {
namespace {

constexpr std::string_view kAlnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kTemp = "/private/var/folders/zz/qy0c1n8s4x7d2kwl/T";

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  Traces Make() {
    using Program = void (Maker::*)();
    const std::pair<const char*, Program> programs[] = {
        {"compiler", &Maker::Compiler}, {"packages", &Maker::Packages}, {"machine", &Maker::Machine},
        {"interpreter", &Maker::Interpreter}, {"versions", &Maker::Versions}, {"desktop", &Maker::Desktop}};
    for (const auto& [name, program] : programs) {
      for (int run = 0; run < 3; ++run) {
        accesses_.clear();
        cwd_ = "/private/tmp/job." + Token(kAlnum, 6);
        (this->*program)();
        TracedRun& made = traces_.programs[name].emplace_back();
        made.parameters = {{"CWD", cwd_}, {"HOME", "/Users/dev"}};
        for (const auto& [operation, path] : accesses_) made.accesses.push_back({operation, path, 1});
      }
    }
    Traps();
    for (const std::string& path : universe_) traces_.universe += path + "\n";
    return std::move(traces_);
  }

 private:
  std::size_t Below(std::size_t limit) { return random_() % limit; }

  std::string Token(std::string_view alphabet, std::size_t length) {
    std::string token;
    for (std::size_t i = 0; i < length; ++i) token += alphabet[Below(alphabet.size())];
    return token;
  }

  std::string Uuid() {
    return fmt::format("{}-{}-{}-{}-{}", Token(kHex, 8), Token(kHex, 4), Token(kHex, 4), Token(kHex, 4), Token(kHex, 12));
  }

  // The n-th word is always the same, and no two are alike.
  static std::string Word(std::size_t n) {
    std::string word;
    for (std::size_t rest = n + 30; rest > 0; rest /= 20) word += std::string(1, kLetters[rest % 20]) + "aeiou"[rest % 5];
    return word;
  }

  // Few are popular, most are rare: what a run needs of `count` things.
  std::size_t Popular(std::size_t count) {
    const double share = static_cast<double>(random_()) / static_cast<double>(std::mt19937::max());
    return std::min(count - 1, static_cast<std::size_t>(std::pow(static_cast<double>(count), share)) - 1);
  }

  void Do(std::string operation, std::string path) { accesses_.emplace(std::move(operation), std::move(path)); }
  void Read(const std::string& path) {
    Do("file-read-metadata", path);
    Do("file-read-data", path);
    universe_.insert(path);
  }
  void Write(const std::string& path) {
    for (const char* operation : {"file-write-create", "file-write-data", "file-read-metadata"}) Do(operation, path);
  }
  void Temporary(const std::string& path) {
    Write(path);
    Do("file-write-unlink", path);
  }
  void Run(const std::string& path) {
    Do("process-exec*", path);
    Read(path);
  }

  // A library of `count` modules of which a run reads some, beside `bulk` files that nobody needs.
  void Library(const std::string& folder, const std::string& ending, std::size_t count, std::size_t reads,
               const std::string& other, std::size_t bulk) {
    for (std::size_t i = 0; i < count; ++i) universe_.insert(ModuleIn(folder, ending, i));
    for (std::size_t i = 0; i < bulk; ++i) universe_.insert(fmt::format("{}/{}/{}/{}{}", folder, other, Word(i % 90), Word(i), ending));
    for (std::size_t i = 0; i < reads; ++i) Read(ModuleIn(folder, ending, Popular(count)));
  }
  static std::string ModuleIn(const std::string& folder, const std::string& ending, std::size_t i) {
    return i % 3 == 0 ? fmt::format("{}/{}{}", folder, Word(i), ending)
                      : fmt::format("{}/{}/{}{}", folder, Word(i % 7), Word(i), ending);
  }

  void Compiler() {
    const std::string sdk = "/Library/Developer/CommandLineTools/SDKs/MacOSX14.sdk/usr";
    Library(sdk + "/include", ".h", 400, 120, "c++", 1500);
    Run("/Library/Developer/CommandLineTools/usr/bin/clang");
    Run("/Library/Developer/CommandLineTools/usr/bin/ld");
    for (std::size_t i = 0; i < 4 + Below(4); ++i) {
      Read(cwd_ + "/src/" + Word(i) + ".c");
      Temporary(fmt::format("{}/{}-{}.o", kTemp, Word(i), Token(kHex, 6)));
      Write(cwd_ + "/out/" + Word(i) + ".o");
    }
    Temporary(fmt::format("/private/tmp/cc{}.s", Token(kAlnum, 6)));
  }

  void Packages() {
    Library("/usr/local/lib/node_modules/npm", ".js", 300, 90, "docs", 2500);
    Run("/usr/local/bin/node");
    Do("file-read-data", "/Users/dev/.npmrc");  // a secret: to be asked about
    const std::string cache = "/Users/dev/.npm/_cacache";
    for (std::size_t i = 0; i < 6; ++i) {
      Write(fmt::format("{}/content/sha512/{}/{}/{}", cache, Token(kHex, 2), Token(kHex, 2), Token(kHex, 60)));
      Temporary(fmt::format("{}/tmp/{}", cache, Token(kHex, 8)));
      Write(fmt::format("{}/node_modules/{}/index.js", cwd_, Word(Popular(60))));
    }
    Write(fmt::format("/Users/dev/.npm/_logs/2026-11-{}T{}-debug.log", 10 + Below(20), Token("0123456789", 6)));
  }

  void Machine() {
    Library("/Library/Java/JavaVirtualMachines/jdk-21.jdk/Contents/Home/lib", ".jar", 90, 40, "src", 900);
    Run("/Library/Java/JavaVirtualMachines/jdk-21.jdk/Contents/Home/bin/java");
    const std::string pid = std::to_string(20000 + Below(40000));
    Temporary("/private/tmp/hsperfdata_dev/" + pid);
    Temporary("/private/tmp/.java_pid" + pid);
    Temporary(fmt::format("{}/native-{}.dylib", kTemp, Token(kAlnum, 8)));
    Write(fmt::format("{}/hs_err_pid{}.log", cwd_, pid));
  }

  void Interpreter() {
    const std::string lib = "/Users/dev/.rbenv/versions/3.2.2/lib/ruby/3.2.0";
    Library(lib, ".rb", 500, 130, "bundled_gems", 6000);
    Read(lib + "/bundled_gems");
    Read(lib + "/bundled_gems/" + Word(3) + "/" + Word(3) + ".rb");
    Run("/Users/dev/.rbenv/versions/3.2.2/bin/ruby");
    Temporary(fmt::format("{}/rake{}-{}-{}", kTemp, 20261101 + Below(20), 10000 + Below(80000), Token("abcdefghijkl0123456789", 6)));
    const std::string folder = fmt::format("/private/tmp/d2026-{}", Token(kAlnum, 6));
    Do("file-write-create", folder);
    Write(folder + "/out.txt");
  }

  void Versions() {
    Run("/usr/local/bin/hg");
    Library("/usr/local/lib/hg", ".py", 150, 60, "i18n", 600);
    Read("/Users/dev/.gitconfig");
    for (std::size_t i = 0; i < 12; ++i) {
      const std::string object = Token(kHex, 40);
      Write(fmt::format("{}/repo/.git/objects/{}/{}", cwd_, object.substr(0, 2), object.substr(2)));
    }
    Temporary(fmt::format("{}/repo/.git/index.lock.{}", cwd_, 1000 + Below(60000)));
    Write(cwd_ + "/repo/.git/hooks/pre-commit");  // to be refused
    Write(cwd_ + "/repo/.git/hooks/pre-commit.sample");
    Read("/Users/dev/.ssh/known_hosts");  // to be asked about
  }

  void Desktop() {
    const std::string data = "/Users/dev/Library/Application Support/Painter";
    Do("file-write-create", data);
    Write(data + "/state.db");
    Write(fmt::format("{}/sessions/{}.json", data, Uuid()));
    const std::string cache = "/Users/dev/Library/Caches/org.painter";
    Do("file-write-create", cache);
    for (std::size_t i = 0; i < 5; ++i) Write(fmt::format("{}/{}.tile", cache, Token(kHex, 16)));
    Do("file-read-data", fmt::format("/Users/dev/Documents/{}.png", Token(kHex, 8)));  // the user's
    Do("file-write-create", fmt::format("/Users/dev/Library/LaunchAgents/org.painter.{}.plist", Token(kAlnum, 6)));
    Library("/Applications/Painter.app/Contents/Resources", ".nib", 120, 50, "lang", 700);
    Run("/Applications/Painter.app/Contents/MacOS/Painter");
  }

  // Beside the names that change, what is somebody else's. Their places are in the reference tree, too.
  void Traps() {
    traces_.canaries = {"/Users/dev/.ssh/id_ed25519", "/Users/dev/.npmrc", "/Users/dev/.npm/.npmrc",
                        "/Users/dev/.aws/credentials", "/Users/dev/Documents/9a8b7c6d.png",
                        "/Users/dev/Documents/0badcafe.pdf", "/Users/dev/Library/LaunchAgents/org.painter.aB3dE6.plist",
                        "/Users/dev/Library/LaunchAgents/com.other.plist", "/Users/dev/.zshrc",
                        "/private/etc/sudoers", "/private/tmp/hsperfdata_root/4711", "/private/tmp/id_ecdsa",
                        "/private/tmp/.java_secret", "/private/tmp/cc-keys.pem",
                        "/Users/dev/Library/Caches/org.other/0123456789abcdef.tile",
                        "/Users/dev/Library/Application Support/Other/sessions/04043062-594a-410b-a4ba-838e0b473fd9.json",
                        "/Users/dev/Library/Keychains/login.keychain-db", "/Users/dev/.rbenv/credentials.p12",
                        std::string(kTemp) + "/other-secret.key", std::string(kTemp) + "/com.other.app/token",
                        std::string(kTemp) + "/TemporaryItems/letter.txt"};
    universe_.insert(traces_.canaries.begin(), traces_.canaries.end());
  }

  std::mt19937 random_;
  std::string cwd_;
  std::set<std::pair<std::string, std::string>> accesses_;
  std::set<std::string> universe_;
  Traces traces_;
};

}  // namespace

Traces MakePrograms(std::uint32_t seed) { return Maker(seed).Make(); }

}  // namespace sbtune::test
