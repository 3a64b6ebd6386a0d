// A piece of code with a button that copies it; where the page may not use the clipboard, it is marked for Ctrl-C.
function render({ model, el }) {
  el.classList.add("iceye-code");
  const text = document.createElement("pre");
  text.tabIndex = 0;
  text.setAttribute("aria-label", "Code of this search");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "iceye-link t-copy";
  button.textContent = "Copy";
  el.append(button, text);
  const draw = () => { text.textContent = model.get("code"); button.textContent = "Copy"; };
  const mark = () => {
    const range = document.createRange();
    range.selectNodeContents(text);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(model.get("code"));
      button.textContent = "Copied";
    } catch {
      mark();
      button.textContent = document.execCommand("copy") ? "Copied" : "Marked: press Ctrl-C";
    }
  };
  model.on("change:code", draw);
  draw();
}
export default { render };
