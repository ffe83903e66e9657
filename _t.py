import time, pickle, warnings
warnings.simplefilter("error")
from experiments.sweep.asked import *
from experiments.sweep.points import *
from scenarios.load_case import load_case
o=["world=three_ports","horizon_years=1"]
case=load_case(o)
for kind,vary,n in [("lhs",["all"],100000),("sobol",["all","regime"],65536),("saltelli",["all"],512),("saltelli",["choice","regime"],16384),("morris",["all","regime"],100),("grid",["choice","regime"],7),("cases",[],1)]:
    t=time.time(); d,c=asked_design(case,o,kind,vary=vary,n=n,arms=["frozen","national_rule"]); t1=time.time()-t
    t=time.time(); m=min(d.values.num_rows,20000); k=sum(1 for _ in c.cases(d.values.slice(0,m))); t2=time.time()-t
    print(kind,d.values.num_rows,len(d.factors),"design %.2f s"%t1,"points/s %.0f"%(m/t2))
    d2,_=asked_design(case,o,kind,vary=vary,n=n,arms=["frozen","national_rule"]) if n<70000 and kind!="saltelli" else (d,0); assert d2.values.equals(d.values); print(d.facts.get("tied"),[k for k in d.facts])
    import os; print(d.values.schema.names[:5], len(pickle.dumps(c.only(d.values.slice(0,100)))))
d,c=asked_design(case,o,"sobol",vary=["regime.levers.criteria","regime.levers.equipment","switches.tactical","regime"],n=1024,arms=["frozen","national_rule"])
t=time.time(); k=sum(1 for _ in c.cases(d.values)); print("levers", k/(time.time()-t), len(c.composed))
