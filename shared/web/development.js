// In development alone: whoever reads the page can be anybody of the sample story, by a token that is at hand.
async function offerTokens(page) {
  const answer = await fetch("/docs/tokens");
  const people = answer.ok ? await answer.json() : [];
  if (people.length === 0) {
    return;
  }
  const choice = document.createElement("select");
  people.forEach((person) => choice.add(new Option(person.who, person.token)));
  choice.add(new Option("nobody", ""));
  const become = () => (choice.value ? page.preauthorizeApiKey("bearer", choice.value) : page.authActions.logout(["bearer"]));
  choice.addEventListener("change", become);
  const label = document.createElement("label");
  label.append("In development you are ", choice);
  label.style.cssText = "display: block; padding: 1rem; text-align: center; font-family: sans-serif";
  document.body.prepend(label);
  become();
}
