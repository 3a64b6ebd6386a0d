// A table of results: sortable heads, selection boxes, hover, arrow keys. All state is the kernel's; this only shows and tells.
function render({ model, el }) {
  const send = (event, value) => model.send({ event, value });
  const make = (tag, props = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...children);
    return node;
  };
  el.classList.add("iceye-table");
  const head = make("thead");
  const body = make("tbody");
  const table = make("table", { className: "iceye" }, make("caption", { className: "iceye-hidden", textContent: "Images found" }), head, body);
  const words = make("span", { className: "iceye-table-words" });
  const back = make("button", { type: "button", className: "iceye-link t-page-back", textContent: "‹ Previous" });
  const next = make("button", { type: "button", className: "iceye-link t-page-next", textContent: "Next ›" });
  const pager = make("div", { className: "iceye-pager" }, words, make("span", { className: "iceye-gap" }), back, next);
  el.append(make("div", { className: "iceye-scroll" }, table), pager);
  back.onclick = () => send("page", model.get("page") - 1);
  next.onclick = () => send("page", model.get("page") + 1);

  const drawHead = () => {
    const [column, descending] = model.get("order");
    const ids = model.get("rows").map((row) => row.id);
    const chosen = new Set(model.get("selected"));
    const all = make("input", { type: "checkbox", className: "t-select-page", disabled: !ids.length });
    all.setAttribute("aria-label", "Select all on this page");
    all.checked = ids.length > 0 && ids.every((id) => chosen.has(id));
    all.onchange = () => send("select", { ids, on: all.checked });
    const cells = model.get("columns").map(([key, title]) => {
      const mark = key === column ? (descending ? " ▾" : " ▴") : "";
      const button = make("button", { type: "button", className: "iceye-sort", textContent: title + mark });
      button.dataset.column = key;
      button.onclick = () => send("sort", key);
      const cell = make("th", { scope: "col" }, button);
      cell.setAttribute("aria-sort", key === column ? (descending ? "descending" : "ascending") : "none");
      return cell;
    });
    head.replaceChildren(make("tr", {}, make("th", { className: "iceye-box" }, all), ...cells));
  };

  const drawBody = () => {
    const chosen = new Set(model.get("selected"));
    const current = model.get("current");
    const focused = body.contains(document.activeElement) && document.activeElement.tagName === "TR";
    const rows = model.get("rows").map((row, number) => {
      const box = make("input", { type: "checkbox", checked: chosen.has(row.id), tabIndex: -1 });
      box.setAttribute("aria-label", "Select " + row.cells.slice(0, 2).join(", "));
      box.onclick = (event) => event.stopPropagation();
      box.onchange = () => send("select", { ids: [row.id], on: box.checked });
      const cells = row.cells.map((text, at) => {
        const cell = make("td", { textContent: text });
        if (at === row.swatch) cell.prepend(make("i", { className: "iceye-swatch", style: "background:" + row.color }));
        return cell;
      });
      const line = make("tr", { className: row.id === current ? "on" : "" }, make("td", { className: "iceye-box" }, box), ...cells);
      line.dataset.id = row.id;
      line.tabIndex = row.id === current || (number === 0 && !model.get("rows").some((r) => r.id === current)) ? 0 : -1;
      line.setAttribute("aria-selected", chosen.has(row.id));
      line.onclick = () => send("pick", row.id);
      line.ondblclick = () => send("zoom", row.id);
      line.onmouseenter = () => send("hover", row.id);
      return line;
    });
    body.replaceChildren(...rows);
    if (focused) body.querySelector("tr[tabindex='0']")?.focus({ preventScroll: true });
  };
  body.onmouseleave = () => send("hover", "");
  body.onkeydown = (event) => {
    const line = event.target.closest("tr");
    const acts = {
      ArrowDown: () => send("step", 1),
      ArrowUp: () => send("step", -1),
      " ": () => send("select", { ids: [line.dataset.id], on: !model.get("selected").includes(line.dataset.id) }),
      Enter: () => send("look", line.dataset.id),
    };
    if (!line || event.target.tagName !== "TR" || !acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  };
  // What lies under the pointer on the map; marked in place, so that a moving pointer does not draw the table anew.
  const drawHover = () => {
    const hovered = model.get("hovered");
    for (const line of body.rows) line.classList.toggle("over", line.dataset.id === hovered);
  };
  const drawPager = () => {
    const [page, pages] = [model.get("page"), model.get("pages")];
    words.textContent = model.get("words");
    back.disabled = page <= 0;
    next.disabled = page >= pages - 1;
    pager.hidden = !model.get("rows").length;
    table.hidden = !model.get("rows").length;
  };
  const draw = () => { drawHead(); drawBody(); drawHover(); drawPager(); };
  model.on("change:hovered", drawHover);
  for (const name of ["rows", "columns", "order", "selected", "current", "page", "pages", "words"]) model.on("change:" + name, schedule);
  let waiting = false;
  function schedule() {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; draw(); });
  }
  draw();
}
export default { render };
