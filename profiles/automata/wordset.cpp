#include "profiles/automata/wordset.h"

#include <map>

namespace sbtune::automata {
namespace {

struct Node {
  std::map<std::uint8_t, std::uint32_t> children;
  bool accepts = false;   // the word that ends here is in
  bool all_after = false;  // and so is every longer one
};

std::uint32_t Child(std::vector<Node>& nodes, std::uint32_t at, std::uint8_t byte) {
  if (const auto found = nodes[at].children.find(byte); found != nodes[at].children.end()) return found->second;
  const auto fresh = static_cast<std::uint32_t>(nodes.size());
  nodes[at].children[byte] = fresh;
  nodes.emplace_back();
  return fresh;
}

std::vector<Edge> EdgesOf(const Node& node, StateId none, StateId all) {
  if (node.all_after) return {{255, all}};
  std::vector<Edge> edges;
  int next = 0;
  for (const auto& [byte, child] : node.children) {
    if (byte > next) edges.push_back({static_cast<std::uint8_t>(byte - 1), none});
    edges.push_back({byte, child});
    next = byte + 1;
  }
  if (next <= 255) edges.push_back({255, none});
  return edges;
}

}  // namespace

WordSet& WordSet::Add(std::string_view word, Kind kind) {
  words_.push_back({std::string(word), kind});
  return *this;
}

Automaton WordSet::Build() const {
  std::vector<Node> nodes(1);
  for (const Word& word : words_) {
    std::uint32_t at = 0;
    for (const char byte : word.text) at = Child(nodes, at, static_cast<std::uint8_t>(byte));
    nodes[at].accepts = true;
    if (word.kind == Kind::kPrefix) nodes[at].all_after = true;
    if (word.kind != Kind::kSubpath) continue;
    if (!word.text.ends_with('/')) at = Child(nodes, at, '/');
    nodes[at].accepts = nodes[at].all_after = true;
  }
  RawAutomaton raw;
  for (const Node& node : nodes) raw.Add(node.accepts ? 1 : 0);
  const StateId none = raw.Add(0);
  const StateId all = raw.Add(1);
  for (StateId state = 0; state < nodes.size(); ++state) raw.SetEdges(state, EdgesOf(nodes[state], none, all));
  raw.SetEdges(none, {{255, none}});
  raw.SetEdges(all, {{255, all}});
  return Automaton::Minimal(raw);
}

}  // namespace sbtune::automata
