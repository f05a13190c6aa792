// The table against the profile by which macOS 10.15.2 confines apps: what is denied there without a key is allowed
// with the key that is proposed for it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "profiles/entitlements/advise.h"
#include "profiles/sbpl/policy.h"
#include "tests/support/shared_data.h"

using namespace sbtune;

namespace {

struct Denied {
  const char* operation;
  const char* target;
  const char* fact = "";  // the user's consent, or what a log does not carry
};

constexpr Denied kDenials[] = {
    {"network-outbound", "remote:*:443"},
    {"network-outbound", "/private/var/run/mDNSResponder"},
    {"network-outbound", "/private/var/run/cupsd"},
    {"mach-lookup", "com.apple.nsurlsessiond"},
    {"mach-lookup", "com.apple.cfnetwork.cfnetworkagent"},
    {"mach-lookup", "org.h5l.kcm"},
    {"authorization-right-obtain", "com.apple.KerberosAgent"},
    {"network-inbound", "local:*:8080"},
    {"device-camera", ""},
    {"device-microphone", ""},
    {"iokit-open", "IOUSBDeviceUserClientV2"},
    {"iokit-open", "IOHIDLibUserClient"},
    {"iokit-open", "IOFireWireUserClient"},
    {"iokit-open", "IOBluetoothHCIUserClient"},
    {"mach-lookup", "com.apple.bluetoothd"},
    {"file-read-data", "/dev/cu.usbserial-1410", "vnode-type=TTY"},
    {"mach-lookup", "com.apple.printtool.agent"},
    {"authorization-right-obtain", "system.print.operator"},
    {"mach-lookup", "com.apple.AddressBook.ContactsAccountsService", "extension=com.apple.tcc.kTCCServiceAddressBook"},
    {"mach-lookup", "com.apple.CalendarAgent.store"},
    {"file-read-data", "/Users/me/Library/Calendars/a.ics"},
    {"mach-lookup", "com.apple.locationd.desktop.registration"},
    {"mach-lookup", "com.apple.ctkd.watcher-client"},
    {"mach-lookup", "com.apple.gamed"},
    {"mach-lookup", "com.apple.scopedbookmarksagent.xpc"},
    {"file-read-data", "/Users/me/Pictures/cat.png"},
    {"file-write-create", "/Users/me/Pictures/cat.png"},
    {"file-write-create", "/Users/me/Movies/a.mov"},
    {"file-read-data", "/Users/me/Music/a.mp3"},
    {"file-read-data", "/Users/me/Downloads/a.zip"},
    {"file-write-unlink", "/Users/me/Downloads/a.zip"},
    {"file-write-create", "/Users/me/Library/Group Containers/ABC.group/x/y"},
    {"mach-register", "AB12CD34EF.com.example.app.port.4711"},
    {"mach-lookup", "group.com.example.app.port"},
    {"mach-lookup", "com.example.helper"},
    {"mach-register", "com.example.mine"},
    {"appleevent-send", "com.example.mail"},
    {"iokit-open", "AppleKeyStoreUserClient"},
    {"file-read-data", "/Users/me/.netrc"},
    {"file-write-data", "/Users/me/Library/x/y"},
    {"file-read-data", "/opt/data/x"},
    {"file-write-create", "/opt/data/x"},
    {"process-exec*", "/opt/data/tool"},
};

std::string EntitlementsJson(const entitlements::PropertyList& list) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, value] : list.values()) {
    if (value.strings.empty()) {
      json[key] = value.kind == entitlements::Value::Kind::kTrue;
    } else {
      json[key] = value.strings;
    }
  }
  return json.dump();
}

class Confined {
 public:
  Confined(const std::string& folder, const entitlements::PropertyList& list, const std::string& fact)
      : loaded_(Load(folder, list)) {
    REQUIRE(loaded_.ok());
    const catalog::Catalog& catalog = **catalog::Catalog::ForVersion("10.15");
    if (!fact.empty()) options_.facts.push_back(*sbpl::ParseFact(fact, catalog));
    options_.facts.push_back(*sbpl::ParseFact("extension=", catalog));
  }

  sbpl::Decision Decide(const Denied& denied) const {
    const auto policy = sbpl::Policy::Compile(loaded_.profile, options_);
    REQUIRE(policy.has_value());
    const auto target = *denied.target == '\0' ? std::nullopt : std::optional<std::string>(denied.target);
    return policy->Decide(sbpl::QueryFromAccess(denied.operation, target)).decision;
  }

 private:
  static sbpl::LoadResult Load(const std::string& folder, const entitlements::PropertyList& list) {
    sbpl::LoadOptions options;
    options.paths = {folder + "/Profiles/application.sb"};
    options.import_dirs = {folder + "/Profiles", folder + "/share"};
    options.macos = "10.15";
    options.entitlements_json = EntitlementsJson(list);
    options.parameters = {{"_HOME", "/Users/me"}, {"_USER", "me"}};
    for (const char* name : {"application_addressbook_lock_dir", "application_bundle", "application_bundle_id",
                             "application_calendars_lock_dir", "application_container", "application_container_id",
                             "application_darwin_cache_dir", "application_darwin_temp_dir", "application_darwin_user_dir",
                             "application_dyld_paths"}) {
      options.parameters[name] = std::string("/private/var/app/") + name;
    }
    sbpl::DiskFiles files;
    return sbpl::LoadProfile(options, files);
  }

  sbpl::LoadResult loaded_;
  sbpl::PolicyOptions options_;
};

}  // namespace

TEST_CASE("what macOS 10.15.2 denies an app without a key it allows with the proposed one") {
  const auto folder = test::SharedData("corpus/profiles/apple-10.15.2");
  if (!folder) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const auto list = entitlements::PropertyList::Parse(
      "<plist><dict><key>com.apple.security.app-sandbox</key><true/></dict></plist>");
  REQUIRE(list.has_value());
  for (const Denied& denied : kDenials) {
    CAPTURE(std::string(denied.operation));
    CAPTURE(std::string(denied.target));
    access::DenialGroup group;
    group.process = "App";
    group.operation = denied.operation;
    if (*denied.target != '\0') group.target = denied.target;
    group.count = 1;
    const std::vector<tune::Evidence> evidence = tune::MergeEvidence(std::vector{group});
    const auto advice = entitlements::Advise(
        {*list, evidence, **catalog::Catalog::ForVersion("10.15"), entitlements::Exceptions::kPropose});
    REQUIRE(advice.has_value());
    CHECK(advice->suggestions.size() == 1);
    if (advice->suggestions.empty()) continue;
    CAPTURE(advice->suggestions[0].key->name);
    CHECK(Confined(*folder, *list, denied.fact).Decide(denied) != sbpl::Decision::kAllow);
    const auto edited = entitlements::PropertyList::Parse(advice->edit.text);
    CHECK(sbpl::Name(Confined(*folder, *edited, denied.fact).Decide(denied)) == "allow");
  }
}
