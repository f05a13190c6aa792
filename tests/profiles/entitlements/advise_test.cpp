#include "profiles/entitlements/advise.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sbtune;
using entitlements::Advice;
using entitlements::PropertyList;

namespace {

struct Denied {
  const char* operation;
  const char* target;
  const char* process = "App";
};

std::vector<tune::Evidence> EvidenceOf(const std::vector<Denied>& denials) {
  std::vector<access::DenialGroup> groups;
  for (const Denied& denied : denials) {
    access::DenialGroup group;
    group.process = denied.process;
    group.operation = denied.operation;
    if (*denied.target != '\0') group.target = denied.target;
    group.count = 1;
    groups.push_back(std::move(group));
  }
  return tune::MergeEvidence(groups);
}

PropertyList ListOf(const std::string& body) {
  auto list = PropertyList::Parse("<plist version=\"1.0\">\n<dict>\n" + body + "</dict>\n</plist>\n");
  REQUIRE(list.has_value());
  return std::move(*list);
}

const std::string kOn = "\t<key>com.apple.security.app-sandbox</key>\n\t<true/>\n";

// "KEY = strings" or "left REASON: text", one a line; what is common to all left out.
std::string Show(const Advice& advice) {
  std::string text;
  for (const entitlements::Suggestion& made : advice.suggestions) {
    text += made.key->name.substr(std::string("com.apple.").size());
    for (const std::string& one : made.strings) text += " " + one;
    if (!made.instead_of.empty()) text += " instead of " + made.instead_of;
    text += " x" + std::to_string(made.evidence.size()) + "\n";
  }
  for (const entitlements::Left& left : advice.left) {
    text += "left " + std::string(entitlements::Name(left.reason)) + ": " + left.text + "\n";
  }
  return text;
}

std::string Ask(const std::vector<Denied>& denials, const std::string& body = kOn,
                entitlements::Exceptions exceptions = entitlements::Exceptions::kLeave) {
  const PropertyList list = ListOf(body);
  const std::vector<tune::Evidence> evidence = EvidenceOf(denials);
  const auto advice = entitlements::Advise({list, evidence, **catalog::Catalog::ForVersion(""), exceptions});
  return advice ? Show(*advice) : "error: " + advice.error().message;
}

std::string AskAll(const std::vector<Denied>& denials) {
  return Ask(denials, kOn, entitlements::Exceptions::kPropose);
}

}  // namespace

TEST_CASE("each kind of access has its key") {
  struct Row {
    Denied denied;
    const char* answer;
  };
  const Row rows[] = {
      {{"network-outbound", "remote:*:443"}, "security.network.client x1\n"},
      {{"network-outbound", "1.1.1.1:443"}, "security.network.client x1\n"},
      {{"network-outbound", "/private/var/run/mDNSResponder"}, "security.network.client x1\n"},
      {{"network-outbound", "/var/run/mDNSResponder"}, "security.network.client x1\n"},
      {{"network-outbound", "/private/var/run/cupsd"}, "security.print x1\n"},
      {{"mach-lookup", "com.apple.nsurlsessiond"}, "security.network.client x1\n"},
      {{"network-bind", "local:*:8080"}, "security.network.server x1\n"},
      {{"network-inbound", "local:*:8080"}, "security.network.server x1\n"},
      {{"device-camera", ""}, "security.device.camera x1\n"},
      {{"device-microphone", ""}, "security.device.audio-input x1\n"},
      {{"iokit-open", "IOUSBDeviceUserClientV2"}, "security.device.usb x1\n"},
      {{"iokit-open-user-client", "iokit-class:IOHIDLibUserClient"}, "security.device.usb x1\n"},
      {{"mach-lookup", "com.apple.bluetoothd"}, "security.device.bluetooth x1\n"},
      {{"file-read-data", "/dev/cu.usbserial-1410"}, "security.device.serial x1\n"},
      {{"mach-lookup", "com.apple.printtool.agent"}, "security.print x1\n"},
      {{"mach-lookup", "com.apple.AddressBook.ContactsAccountsService"},
       "security.personal-information.addressbook x1\n"},
      {{"file-read-data", "/Users/me/Library/Calendars/a.ics"}, "security.personal-information.calendars x1\n"},
      {{"mach-lookup", "com.apple.locationd.desktop.registration"}, "security.personal-information.location x1\n"},
      {{"mach-lookup", "com.apple.photolibraryd"}, "security.personal-information.photos-library x1\n"},
      {{"file-read-data", "/Users/me/Pictures/Photos Library.photoslibrary/database/x"},
       "security.personal-information.photos-library x1\n"},
      {{"file-read-data", "/Users/me/Pictures/cat.png"}, "security.assets.pictures.read-only x1\n"},
      {{"file-write-create", "/Users/me/Movies/a.mov"}, "security.assets.movies.read-write x1\n"},
      {{"file-read-metadata", "/Users/me/Music"}, "security.assets.music.read-only x1\n"},
      {{"file-read-xattr", "/Users/me/Downloads/a.zip"}, "security.files.downloads.read-only x1\n"},
      {{"file-write-unlink", "/Users/me/Downloads/a.zip"}, "security.files.downloads.read-write x1\n"},
      {{"file-read-data", "/Users/me/Documents/a.txt"}, "security.files.user-selected.read-only x1\n"},
      {{"file-write-data", "/Volumes/disk/a.txt"}, "security.files.user-selected.read-write x1\n"},
      {{"file-write-create", "/Users/me/Library/Group Containers/ABC.group/x/y"},
       "security.application-groups ABC.group x1\n"},
      {{"mach-register", "AB12CD34EF.com.example.app.port"}, "security.application-groups AB12CD34EF.com.example.app x1\n"},
      {{"mach-lookup", "AB12CD34EF.com.example.app.port.4711"}, "security.application-groups AB12CD34EF.com.example.app x1\n"},
      {{"mach-lookup", "group.com.example.helper"}, "security.application-groups group.com.example x1\n"},
      {{"file-read-data", "/Users/me/Library/Mobile Documents/iCloud~com~example~app/Documents/x"},
       "developer.icloud-container-identifiers iCloud.com.example.app x1\n"},
      {{"file-read-data", "/private/var/root/Downloads/x"}, "security.files.downloads.read-only x1\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.denied.operation);
    CAPTURE(row.denied.target);
    CHECK(Ask({row.denied}) == row.answer);
  }
}

TEST_CASE("temporary exceptions are proposed only when asked for") {
  CHECK(Ask({{"mach-lookup", "com.example.helper"}}) ==
        "left exception: only the temporary exception com.apple.security.temporary-exception.mach-lookup.global-name "
        "grants it, for which the App Store wants a reason and which it commonly refuses; --exceptions proposes it\n");
  struct Row {
    Denied denied;
    const char* answer;
  };
  const Row rows[] = {
      {{"mach-lookup", "com.example.helper"}, "mach-lookup.global-name com.example.helper x1\n"},
      {{"mach-register", "com.example.mine"}, "mach-register.global-name com.example.mine x1\n"},
      {{"appleevent-send", "com.apple.finder"}, "apple-events com.apple.finder x1\n"},
      {{"iokit-open", "AppleKeyStoreUserClient"}, "iokit-user-client-class AppleKeyStoreUserClient x1\n"},
      {{"user-preference-read", "com.example.other"}, "shared-preference.read-only com.example.other x1\n"},
      {{"file-read-data", "/Users/me/.netrc"}, "files.home-relative-path.read-only /.netrc x1\n"},
      {{"file-write-data", "/Users/me/Library/x/y"}, "files.home-relative-path.read-write /Library/x/y x1\n"},
      {{"file-read-data", "/opt/data/x"}, "files.absolute-path.read-only /opt/data/x x1\n"},
      {{"sysctl-read", "kern.bootargs"}, "sysctl.read-only kern.bootargs x1\n"},
      {{"file-write-create", "/private/tmp/x"}, "files.absolute-path.read-write /private/tmp/x x1\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.denied.target);
    CHECK(AskAll({row.denied}) == "security.temporary-exception." + std::string(row.answer));
  }
}

TEST_CASE("what no entitlement grants is said, with the reason") {
  CHECK(AskAll({{"file-write-create", "/Library/LaunchDaemons/x.plist"}}) ==
        "left no-entitlement: no entitlement lets an app in the App Sandbox write there; SMAppService registers agents "
        "and daemons\n");
  CHECK(AskAll({{"file-read-data", "/Users/me/Library/Containers/com.other/Data/x"}}) ==
        "left no-entitlement: the folder is another app's container; share data through an application group instead\n");
  CHECK(AskAll({{"nvram-set", "x"}}) ==
        "left no-entitlement: no entitlement of the App Sandbox stands for this operation\n");
  CHECK(AskAll({{"file-chroot", "/x"}}) == "left no-entitlement: no entitlement is known that grants it\n");
  CHECK(AskAll({{"ipc-posix-sem-open", "/x"}}) ==
        "left no-entitlement: the names of POSIX semaphores and shared memory of an app must begin with an application "
        "group of its own and a slash\n");
  // Where no target would help, its absence is not the reason.
  for (const char* operation : {"process-fork", "pseudo-tty", "fs-rename"}) {
    CAPTURE(operation);
    CHECK(AskAll({{operation, ""}}) == "left no-entitlement: no entitlement is known that grants it\n");
  }
  CHECK(AskAll({{"network-outbound", ""}}) == "left no-target: the record does not say what was accessed\n");
  CHECK(AskAll({{"forbidden-exec-sugid", ""}}) ==
        "left no-entitlement: no profile and no entitlement knows this operation: another part of the system checks it\n");
}

TEST_CASE("a denial of a process of the system is not the app's") {
  CHECK(Ask({{"network-outbound", "remote:*:443", "com.apple.WebKit.Networking"}}) ==
        "left other-process: com.apple.WebKit.Networking was denied, not the app: it shows web pages for the app, under "
        "a profile of its own; no entitlement of the app changes that\n");
  CHECK(Ask({{"network-outbound", "remote:*:443", "trustd"}, {"network-outbound", "remote:*:443", "App"}}) ==
        "security.network.client x1\n");
}

TEST_CASE("System Policy, unproven and cut records give no key") {
  std::vector<access::DenialGroup> groups(3);
  for (access::DenialGroup& group : groups) {
    group.process = "App";
    group.operation = "network-outbound";
    group.target = "remote:*:443";
    group.count = 1;
  }
  groups[0].platform_policy = true;
  groups[1].provenance = access::Provenance::kUntrusted;
  groups[2].ambiguous = true;
  const std::vector<tune::Evidence> evidence = tune::MergeEvidence(groups);
  const PropertyList list = ListOf(kOn);
  const auto advice = entitlements::Advise({list, evidence, **catalog::Catalog::ForVersion("")});
  REQUIRE(advice.has_value());
  CHECK(advice->suggestions.empty());
  CHECK(advice->edit.edits.empty());
  std::vector<std::string> said;
  for (const entitlements::Left& left : advice->left) said.push_back(left.text);
  std::ranges::sort(said);
  CHECK(said == std::vector<std::string>{"somebody else than the kernel wrote the record",
                                         "the record has more than one reading",
                                         "the system's own policy denied it, which no entitlement of yours changes"});
}

TEST_CASE("a name that no property list can carry is refused") {
  CHECK(AskAll({{"mach-lookup", "a\x01z"}}) == "left unwritable: no property list can carry its bytes\n");
  CHECK(AskAll({{"mach-lookup", "a\xFFz"}}) == "left unwritable: no property list can carry its bytes\n");
  CHECK(AskAll({{"mach-lookup", "</string>&"}}) ==
        "security.temporary-exception.mach-lookup.global-name </string>& x1\n");
}

TEST_CASE("reading and writing the same folder takes the wider key alone, also in place of a narrow one") {
  const std::vector<Denied> both = {{"file-read-data", "/Users/me/Downloads/a"}, {"file-write-data", "/Users/me/Downloads/a"}};
  CHECK(Ask(both) == "security.files.downloads.read-write x2\n");
  CHECK(Ask({{"file-write-data", "/Users/me/Downloads/a"}},
            kOn + "\t<key>com.apple.security.files.downloads.read-only</key>\n\t<true/>\n") ==
        "security.files.downloads.read-write instead of com.apple.security.files.downloads.read-only x1\n");
  CHECK(AskAll({{"file-read-data", "/opt/a"}, {"file-write-data", "/opt/a"}, {"file-read-data", "/opt/b"}}) ==
        "security.temporary-exception.files.absolute-path.read-only /opt/b x1\n"
        "security.temporary-exception.files.absolute-path.read-write /opt/a x2\n");
}

TEST_CASE("a key that the file has is not proposed again") {
  CHECK(Ask({{"network-outbound", "remote:*:443"}}, kOn + "\t<key>com.apple.security.network.client</key>\n\t<true/>\n") ==
        "left already-granted: the file has com.apple.security.network.client already; was the app that was denied "
        "signed with it?\n");
  CHECK(Ask({{"device-microphone", ""}}, kOn + "\t<key>com.apple.security.device.microphone</key>\n\t<true/>\n") ==
        "left already-granted: the file has com.apple.security.device.microphone already; was the app that was denied "
        "signed with it? It also takes NSMicrophoneUsageDescription in Info.plist and the user's consent\n");
  const std::string folder =
      kOn + "\t<key>com.apple.security.temporary-exception.files.absolute-path.read-only</key>\n"
            "\t<array>\n\t\t<string>/opt/</string>\n\t</array>\n";
  CHECK(Ask({{"file-read-data", "/opt/a"}}, folder) ==
        "left already-granted: the file has com.apple.security.temporary-exception.files.absolute-path.read-only "
        "already; was the app that was denied signed with it?\n");
  CHECK(Ask({{"mach-lookup", "AB12CD34EF.com.example.app.port"}},
            kOn + "\t<key>com.apple.security.application-groups</key>\n\t<array><string>AB12CD34EF.com.example</string></array>\n") ==
        "left already-granted: the file has com.apple.security.application-groups already; was the app that was denied "
        "signed with it? It also takes the group registered for your team\n");
  CHECK(Ask({{"file-read-data", "/Users/me/Documents/a"}},
            kOn + "\t<key>com.apple.security.files.user-selected.read-write</key>\n\t<true/>\n") ==
        "left already-granted: the file has com.apple.security.files.user-selected.read-write already, which opens only "
        "what the user chooses\n");
}

TEST_CASE("the order of the evidence changes nothing, and asking again with the edit applied proposes nothing") {
  std::vector<Denied> denials = {{"network-outbound", "remote:*:443"},
                                 {"file-read-data", "/Users/me/Downloads/a"},
                                 {"file-write-data", "/Users/me/Downloads/b"},
                                 {"mach-lookup", "com.example.b"},
                                 {"mach-lookup", "com.example.a"},
                                 {"device-camera", ""}};
  const PropertyList list = ListOf(kOn);
  const catalog::Catalog& catalog = **catalog::Catalog::ForVersion("");
  const auto ask = [&](const PropertyList& on) {
    const std::vector<tune::Evidence> evidence = EvidenceOf(denials);
    auto advice = entitlements::Advise({on, evidence, catalog, entitlements::Exceptions::kPropose});
    REQUIRE(advice.has_value());
    return std::move(*advice);
  };
  const Advice first = ask(list);
  CHECK(first.covered() == denials.size());
  std::ranges::reverse(denials);
  CHECK(ask(list).edit.text == first.edit.text);
  const PropertyList edited = *PropertyList::Parse(first.edit.text);
  const Advice again = ask(edited);
  CHECK(again.suggestions.empty());
  CHECK(again.edit.edits.empty());
  for (const entitlements::Left& left : again.left) CHECK(left.reason == entitlements::Reason::kAlreadyGranted);
}
