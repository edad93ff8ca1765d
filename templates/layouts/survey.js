(function(){
var form=document.forms[0],large=document.getElementById("large"),kept={},last={},busy,same,
key="survey "+location.pathname,button,state;
try{kept=localStorage;large.checked=kept["survey large"]=="1"}catch(e){}
large.onchange=function(){kept["survey large"]=large.checked?"1":""};
if(!form||!form.elements.version||!window.fetch||!window.URLSearchParams)return;
button=form.querySelector("button");
if("kiosk" in form.dataset)kept={};
state=document.getElementById("state");
function fields(){return new URLSearchParams(new FormData(form))}
function keep(){kept[key]=fields()}
function stored(){return new URLSearchParams(kept[key]||"")}
function forget(){delete kept[key];delete kept[key+" sent"]}
function show(page){document.open();document.write(page);document.close()}
function again(tries,seconds){
var timer=setTimeout(go,seconds*1000);
state.textContent=form.dataset.later;
addEventListener("online",go);
function go(){clearTimeout(timer);removeEventListener("online",go);send(tries+1)}
}
function send(tries){
var cut=window.AbortController&&new AbortController(),timer=setTimeout(function(){cut&&cut.abort()},20000),
wait=Math.min(30,Math.pow(2,tries))*(1+Math.random());
busy=button.disabled=true;
kept[key+" sent"]=1;
state.textContent=form.dataset.sending;
fetch(location.href,{method:"POST",body:stored(),credentials:"same-origin",signal:cut&&cut.signal}).then(function(answer){
return answer.text().then(function(page){
clearTimeout(timer);
if(answer.status==503||answer.status==429)return again(tries,+answer.headers.get("Retry-After")||wait);
if(answer.status<500&&answer.status!=422)forget();
else delete kept[key+" sent"];
show(page)
})
}).catch(function(){clearTimeout(timer);again(tries,wait)})
}
same=stored().get("version")==form.elements.version.value;
stored().forEach(function(value,name){
if(!same&&name!="overall"||name=="nonce"&&!kept[key+" sent"])return;
var inputs=form.querySelectorAll('[name="'+name+'"]'),i;
for(i=0;i<inputs.length;i++)
if(!/radio|checkbox/.test(inputs[i].type))inputs[i].value=value;
else if(inputs[i].value==value){inputs[i].checked=true;last[name]=value;if(!inputs[i].required)form.querySelector("details").open=true}
});
form.onchange=form.oninput=keep;
form.onclick=function(event){
var input=event.target;
if(input.type!="radio"||input.required)return;
if(last[input.name]==input.value){input.checked=false;last[input.name]=""}else last[input.name]=input.value;
keep()
};
form.onsubmit=function(event){event.preventDefault();if(busy)return;if(!form.querySelector(":checked[required]"))return state.textContent=form.dataset.missing,form.querySelector("[required]").focus();keep();send(0)};
if(kept[key+" sent"])send(0)
})()
